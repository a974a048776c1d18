-- What layers show beside `district.sql` and `incidents.sql`, on the copy that they are measured on: the shapes of areas, a
-- department (account 2) that leads a fiftieth of the incidents and was called to a hundredth, presence of two days,
-- 2,000 checkpoints.
SET session_replication_role = replica;
CREATE FUNCTION pg_temp.made(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
  RETURN (kind || '-0000-7000-8000-' || lpad(number::text, 12, '0'))::uuid;
UPDATE area a SET boundary = (SELECT ST_Multi(ST_Union(c.boundary)) FROM grid_cell c JOIN area of ON of.id = c.area_id
  WHERE a.id = ANY (of.lineage));

INSERT INTO role_grant (id, account_id, role, organisation_id)
  VALUES (gen_random_uuid(), pg_temp.made('01910000', 2), 'department_desk', pg_temp.made('0190c000', 101));
UPDATE incident SET lead_department_id = pg_temp.made('0190c000', 101) WHERE right(id::text, 12)::bigint / 10 % 50 = 11;
INSERT INTO link_grant (incident_id, department_id, starts_at, ends_at, read_until)
  SELECT id, pg_temp.made('0190c000', 101), reported_at, closed_at, closed_at + interval '10 years'
  FROM incident WHERE right(id::text, 12)::bigint / 10 % 100 = 13;

INSERT INTO cell_presence (cell_id, hour_at, visits, dwell_s, patrols, first_at, last_at)
  SELECT c.id, hour, 1 + (random() * 3)::int, 60 + (random() * 600)::int, 1 + (random() * 2)::int, hour, hour + interval '50 minutes'
  FROM grid_cell c, generate_series(date_trunc('hour', now()) - interval '2 days', date_trunc('hour', now()), interval '1 hour') hour
  WHERE random() < 0.3;

INSERT INTO checkpoint (id, centre_id, code, name, name_en, location, radius_m, every_s, is_active)
  SELECT pg_temp.made('01924000', p), pg_temp.made('0190c000', p / 200 + 1), 'C-' || p, '巡更点 ' || p, 'Checkpoint ' || p,
    ST_SetSRID(ST_MakePoint(118.4 + (p / 200 * 20 + 20 * random()) * 0.002, 31.9 + (p % 200 / 2 + random()) * 0.0016), 4326), 50, 14400, true
  FROM generate_series(0, 1999) p;
INSERT INTO checkpoint_visit (checkpoint_id, observed_at, patrol_id, how)
  SELECT pg_temp.made('01924000', p), now() - n * interval '3 hours', pg_temp.made('01920000', p), 'track'
  FROM generate_series(0, 1999) p, generate_series(1, 20) n;
VACUUM (ANALYZE);
