-- A made-up district: 10 streets of 2,000 cells, 2,000 patrols on duty. Ids are made of a kind and a number, so that
-- load generators can name any row without looking it up. Loaded set-based: what is measured comes afterwards.
SET session_replication_role = replica; -- the rows are consistent by construction: no need to check each key
CREATE FUNCTION pg_temp.made(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
  RETURN (kind || '-0000-7000-8000-' || lpad(number::text, 12, '0'))::uuid;

-- areas (0190a): district 0, streets 1 to 10, communities street * 100 + 1 to 10
INSERT INTO area (id, code, level, name, name_en, parent_id, lineage)
  SELECT pg_temp.made('0190a000', 0), '320100', 'district', '区', 'District', NULL, ARRAY[pg_temp.made('0190a000', 0)]
  UNION ALL
  SELECT pg_temp.made('0190a000', s), '320100' || lpad(s::text, 3, '0'), 'street', '街道 ' || s, 'Street ' || s,
    pg_temp.made('0190a000', 0), ARRAY[pg_temp.made('0190a000', 0), pg_temp.made('0190a000', s)]
  FROM generate_series(1, 10) s
  UNION ALL
  SELECT pg_temp.made('0190a000', s * 100 + c), '320100' || lpad(s::text, 3, '0') || lpad(c::text, 3, '0'), 'community',
    '社区 ' || s || '-' || c, 'Community ' || s || '-' || c, pg_temp.made('0190a000', s),
    ARRAY[pg_temp.made('0190a000', 0), pg_temp.made('0190a000', s), pg_temp.made('0190a000', s * 100 + c)]
  FROM generate_series(1, 10) s, generate_series(1, 10) c;

INSERT INTO calendar (id, code, name, name_en, time_zone, weekly)
  SELECT pg_temp.made('0190e000', 1), 'cn', '工作日', 'Working days', 'Asia/Shanghai',
    jsonb_object_agg(d::text, '[["08:00", "12:00"], ["14:00", "18:00"]]'::jsonb) FROM generate_series(1, 5) d;

-- organisations (0190c): centres 0 (district) and 1 to 10 (streets), departments 101 to 110
INSERT INTO organisation (id, kind, code, name, name_en, parent_id, lineage)
  SELECT pg_temp.made('0190c000', 0), 'centre', 'D', '区联勤指挥中心', 'District centre', NULL, ARRAY[pg_temp.made('0190c000', 0)]
  UNION ALL
  SELECT pg_temp.made('0190c000', s), 'centre', 'S' || s, '街道联勤指挥中心 ' || s, 'Street centre ' || s,
    pg_temp.made('0190c000', 0), ARRAY[pg_temp.made('0190c000', 0), pg_temp.made('0190c000', s)]
  FROM generate_series(1, 10) s
  UNION ALL
  SELECT pg_temp.made('0190c000', 100 + d), 'department', 'department_' || d, '部门 ' || d, 'Department ' || d,
    pg_temp.made('0190c000', 0), ARRAY[pg_temp.made('0190c000', 0), pg_temp.made('0190c000', 100 + d)]
  FROM generate_series(1, 10) d;
INSERT INTO centre (id, level, area_id, calendar_id, settings)
  SELECT pg_temp.made('0190c000', s), CASE s WHEN 0 THEN 2 ELSE 1 END, pg_temp.made('0190a000', s), pg_temp.made('0190e000', 1), '{}'
  FROM generate_series(0, 10) s;
INSERT INTO centre_area (area_id, centre_id)
  SELECT a.id, o.id FROM area a
  JOIN organisation o ON o.id = pg_temp.made('0190c000', CASE WHEN a.code = '320100' THEN 0 ELSE substr(a.code, 7, 3)::int END);
INSERT INTO department (id, kind, is_vertical, area_id)
  SELECT pg_temp.made('0190c000', 100 + d), 'government', false, pg_temp.made('0190a000', 0) FROM generate_series(1, 10) d;

-- cells (0190d): 200 columns of 0.002 degrees from 118.4 E, 100 rows of 0.0016 from 31.9 N; 16 points a border
INSERT INTO grid_plan (id, area_id, name, scheme, source, read_as, status, effective_from, published_at)
  VALUES (pg_temp.made('01907000', 1), pg_temp.made('0190a000', 0), 'plan', 'unit-15', 'made up', 'wgs84', 'published',
    now() - interval '2 years', now() - interval '2 years');
INSERT INTO grid_cell (id, plan_id, area_id, community_code, code, kind, boundary, area_m2, places, valid_from)
  SELECT pg_temp.made('0190d000', x * 100 + y), p.id, a.id, a.code, a.code || lpad((x % 20 * 10 + y % 10 + 1)::text, 3, '0'), 'unit',
    ST_Segmentize(ST_MakeEnvelope(118.4 + x * 0.002, 31.9 + y * 0.0016, 118.402 + x * 0.002, 31.9016 + y * 0.0016, 4326), 0.0005),
    33000, up.places, p.effective_from
  FROM generate_series(0, 199) x
  CROSS JOIN generate_series(0, 99) y
  CROSS JOIN grid_plan p
  JOIN area a ON a.id = pg_temp.made('0190a000', (x / 20 + 1) * 100 + y / 10 + 1)
  CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('code', u.code, 'level', u.level, 'name', u.name, 'name_en', u.name_en)
      ORDER BY cardinality(u.lineage) DESC) AS places FROM area u WHERE u.id = ANY (a.lineage)) up;
INSERT INTO cell_neighbour (cell_id, neighbour_id)
  SELECT pg_temp.made('0190d000', x * 100 + y), pg_temp.made('0190d000', (x + dx) * 100 + y + dy)
  FROM generate_series(0, 199) x, generate_series(0, 99) y, (VALUES (1, 0), (-1, 0), (0, 1), (0, -1)) step (dx, dy)
  WHERE x + dx BETWEEN 0 AND 199 AND y + dy BETWEEN 0 AND 99;

-- the catalogue: 60 categories, each with a standard
INSERT INTO category_scheme (id, area_id, code, edition, title, title_en, source, published_at, is_current)
  VALUES (pg_temp.made('0190b000', 0), pg_temp.made('0190a000', 0), 'scheme', '1', '分类', 'Categories', 'made up', now(), true);
INSERT INTO category (id, scheme_id, code, domain, main_class, name, name_en, default_priority, rules)
  SELECT pg_temp.made('0190b000', c), pg_temp.made('0190b000', 0), 'E' || lpad(c::text, 4, '0'), 'urban_management', 'E00',
    '类别 ' || c, 'Category ' || c, 2, '{"response_mix": {"department_1": 1}}' FROM generate_series(1, 60) c;
INSERT INTO standard (id, category_id, code, filing_condition, filing_condition_en, closing_condition, closing_condition_en, limits, is_default)
  SELECT pg_temp.made('0190b100', c), pg_temp.made('0190b000', c), 'E' || lpad(c::text, 4, '0') || '-1', '立案', 'Filed when seen',
    '结案', 'Closed when gone', '{"handle": {"amount": 2, "unit": "urgent_hour"}, "total": {"amount": 1, "unit": "natural_day"}}', true
  FROM generate_series(1, 60) c;

-- accounts (01910): 1 district, 11 to 20 streets, all roles of a desk; 100000 + p * 3 + seat the crews
INSERT INTO account (id, username, display_name, is_active)
  SELECT pg_temp.made('01910000', a), 'desk' || a, 'Desk ' || a, true FROM generate_series(1, 20) a
  UNION ALL
  SELECT pg_temp.made('01910000', 100000 + c), 'crew' || c, 'Crew ' || c, true FROM generate_series(0, 5999) c;
INSERT INTO role_grant (id, account_id, role, organisation_id)
  SELECT gen_random_uuid(), pg_temp.made('01910000', CASE s WHEN 0 THEN 1 ELSE 10 + s END), role, pg_temp.made('0190c000', s)
  FROM generate_series(0, 10) s, unnest(ARRAY['acceptor', 'shift_leader', 'dispatcher']) role
  UNION ALL
  SELECT gen_random_uuid(), pg_temp.made('01910000', 100000 + p * 3 + seat), CASE seat WHEN 0 THEN 'team_leader' ELSE 'patrol_member' END,
    pg_temp.made('0190c000', p / 200 + 1)
  FROM generate_series(0, 1999) p, generate_series(0, 2) seat;

-- 2,000 patrols (01920), 200 a street, each with a beat of 10 cells in a row, three people and a position
INSERT INTO patrol (id, code, name, name_en, centre_id, vehicle)
  SELECT pg_temp.made('01920000', p), 'P-' || lpad(p::text, 4, '0'), '联勤队 ' || p, 'Patrol ' || p, pg_temp.made('0190c000', p / 200 + 1), 'car'
  FROM generate_series(0, 1999) p;
INSERT INTO beat (id, organisation_id, code, name, name_en)
  SELECT pg_temp.made('01921000', p), pg_temp.made('0190c000', p / 200 + 1), 'B-' || p, '责任网格 ' || p, 'Beat ' || p
  FROM generate_series(0, 1999) p;
INSERT INTO beat_cell (beat_id, cell_id)
  SELECT pg_temp.made('01921000', p), pg_temp.made('0190d000', (p / 200 * 20 + p % 2 * 10 + k) * 100 + p % 200 / 2)
  FROM generate_series(0, 1999) p, generate_series(0, 9) k;
INSERT INTO officer (id, number, display_name, department_id, centre_id, account_id, skills, is_active)
  SELECT pg_temp.made('01923000', c), 'N' || c, 'Officer ' || c, pg_temp.made('0190c000', 101 + c % 3), pg_temp.made('0190c000', c / 600 + 1),
    pg_temp.made('01910000', 100000 + c), '{}', true FROM generate_series(0, 5999) c;
INSERT INTO shift (id, patrol_id, centre_id, beat_id, starts_at, ends_at, signed_on_at)
  SELECT pg_temp.made('01922000', p), pg_temp.made('01920000', p), pg_temp.made('0190c000', p / 200 + 1), pg_temp.made('01921000', p),
    now() - interval '1 hour', now() + interval '1 year', now() - interval '1 hour' FROM generate_series(0, 1999) p;
INSERT INTO crew_member (shift_id, officer_id, department_id, account_id, is_leader, during)
  SELECT s.id, o.id, o.department_id, o.account_id, c % 3 = 0, tstzrange(s.starts_at, s.ends_at)
  FROM generate_series(0, 5999) c
  JOIN officer o ON o.id = pg_temp.made('01923000', c) JOIN shift s ON s.id = pg_temp.made('01922000', c / 3);
INSERT INTO latest_position (patrol_id, location, observed_at, datum, quality)
  SELECT pg_temp.made('01920000', p), ST_SetSRID(ST_MakePoint(118.4 + (p / 200 * 20 + p % 2 * 10 + 10 * random()) * 0.002,
    31.9 + (p % 200 / 2 + random()) * 0.0016), 4326), now(), 'wgs84', 'good' FROM generate_series(0, 1999) p;
