-- :count incidents (01930) over two years, number i in street i % 10. Of every fifty, by i / 10 % 50: 0 reported,
-- 1 accepted, 2 registered, 3 dispatched, 4 handling, the others closed. Every fifth patrol has one in hand.
SET session_replication_role = replica;
SET maintenance_work_mem = '512MB';
SELECT setseed(0.5);
CREATE FUNCTION pg_temp.made(kind text, number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
  RETURN (kind || '-0000-7000-8000-' || lpad(number::text, 12, '0'))::uuid;
CREATE TEMPORARY TABLE drawn AS
  SELECT i, i % 10 + 1 AS s, floor(20 * random())::int AS x, floor(100 * random())::int AS y, 1 + floor(60 * random())::int AS category,
    (ARRAY['reported', 'accepted', 'registered', 'dispatched', 'handling'])[i / 10 % 50 + 1] AS open,
    now() - interval '2 years' * (1 - i / :count::float8) AS at, random() AS dx, random() AS dy
  FROM generate_series(0, :count - 1) i;
INSERT INTO incident (id, version, created_at, number, status, status_since, round, rework_count, description, priority, category_id,
    standard_id, source, reported_at, reporter_id, location, cell_id, area_id, home_centre_id, commanding_centre_id, root_centre_id,
    lead_patrol_id, due_at, self_handled, force_closed, closed_at)
  SELECT pg_temp.made('01930000', i), 5, at, 'S' || s || '-2024-' || lpad(i::text, 7, '0'), coalesce(open, 'closed'), at, 1, 0,
    '流动摊贩占道经营，行人无法通过，已多次劝离 ' || i, 1 + i % 4, CASE open WHEN 'reported' THEN NULL ELSE pg_temp.made('0190b000', category) END,
    CASE WHEN open IN ('reported', 'accepted') THEN NULL ELSE pg_temp.made('0190b100', category) END,
    'patrol', at, pg_temp.made('01910000', 100000 + i % 6000),
    ST_SetSRID(ST_MakePoint(118.4 + ((s - 1) * 20 + x + dx) * 0.002, 31.9 + (y + dy) * 0.0016), 4326),
    pg_temp.made('0190d000', ((s - 1) * 20 + x) * 100 + y), pg_temp.made('0190a000', s * 100 + y / 10 + 1),
    pg_temp.made('0190c000', s), pg_temp.made('0190c000', s), pg_temp.made('0190c000', 0),
    CASE WHEN open IS NULL THEN pg_temp.made('01920000', (s - 1) * 200 + i / 10 % 200) END,
    CASE WHEN open IS NULL THEN NULL ELSE at + interval '1 day' END, false, false, CASE WHEN open IS NULL THEN at + interval '5 hours' END
  FROM drawn ORDER BY i;
INSERT INTO incident_move (incident_id, seq, action, from_status, to_status, actor_id, role, centre_id, details, evidence, at, seconds_in_state, overdue)
  SELECT pg_temp.made('01930000', i), step.seq, step.action, step.before, step.after, pg_temp.made('01910000', 10 + s), 'acceptor',
    pg_temp.made('0190c000', s), '{}', '{}', at + step.seq * interval '5 minutes', 300, false
  FROM drawn
  CROSS JOIN (VALUES (1, 'report', NULL, 'reported'), (2, 'accept', 'reported', 'accepted'), (3, 'register', 'accepted', 'registered'),
    (4, 'dispatch', 'registered', 'dispatched')) step (seq, action, before, after)
  ORDER BY i, step.seq;
INSERT INTO clock (id, incident_id, kind, state, is_current, round, level, amount, unit, started_at, due_at, ended_at)
  SELECT gen_random_uuid(), pg_temp.made('01930000', i), kind, CASE WHEN open IS NULL THEN 'met' ELSE 'running' END, true, 1, 1, 1,
    'natural_day', at, at + interval '1 day', CASE WHEN open IS NULL THEN at + interval '5 hours' END
  FROM drawn CROSS JOIN unnest(ARRAY['handle', 'total']) kind WHERE open IS DISTINCT FROM 'reported' ORDER BY i;
INSERT INTO assignment (id, incident_id, patrol_id, state, is_active, is_stacked, offered_at, accepted_at, ended_at, distance_m)
  SELECT pg_temp.made('01950000', i), pg_temp.made('01930000', i), pg_temp.made('01920000', (s - 1) * 200 + i / 10 % 200), 'cleared', false,
    false, at, at, at + interval '5 hours', 500
  FROM drawn WHERE open IS NULL ORDER BY i;
INSERT INTO assignment (id, incident_id, patrol_id, state, is_active, is_stacked, offered_at, distance_m)
  SELECT pg_temp.made('01950000', i), pg_temp.made('01930000', i), pg_temp.made('01920000', 5 * row_number() OVER (ORDER BY i) - 1), 'offered', true,
    false, at, 500
  FROM drawn WHERE open IN ('dispatched', 'handling') ORDER BY i LIMIT 400;
-- beside: of every ten incidents one has a task, a picture, a stored answer and an event; one of a hundred a request
INSERT INTO task (id, incident_id, kind, state, account_id, due_at)
  SELECT pg_temp.made('01951000', i), pg_temp.made('01930000', i), 'check', 'reported', pg_temp.made('01910000', 10 + s), at
  FROM drawn WHERE open IS NULL AND i / 10 % 10 = 0 ORDER BY i;
INSERT INTO evidence (id, incident_id, kind, media_type, sha256, content_sha256, size_bytes, account_id)
  SELECT pg_temp.made('01952000', i), pg_temp.made('01930000', i), 'after', 'image/jpeg', sha256(i::text::bytea), sha256(i::text::bytea),
    100000, pg_temp.made('01910000', 10 + s)
  FROM drawn WHERE i / 10 % 10 = 0 ORDER BY i;
INSERT INTO request (id, incident_id, kind, state, asked_by, asker_role, reason)
  SELECT pg_temp.made('01953000', i), pg_temp.made('01930000', i), 'void', 'refused', pg_temp.made('01910000', 10 + s), 'acceptor', '误报'
  FROM drawn WHERE i / 10 % 100 = 0 ORDER BY i;
INSERT INTO stored_answer (principal_id, key, fingerprint, status, etag, body, created_at)
  SELECT pg_temp.made('01910000', 10 + s), 'made-' || i, sha256(i::text::bytea), 200, '"5"', '{}', at
  FROM drawn WHERE i / 10 % 10 = 0 ORDER BY i;
INSERT INTO outbox (topic, subject_id, subject_version, scope, payload)
  SELECT 'incident.accept', pg_temp.made('01930000', i), 2, ARRAY[pg_temp.made('0190c000', s)], '{"status": "accepted"}'
  FROM drawn WHERE i / 10 % 10 = 0 ORDER BY i;
SELECT setval('incident_serial', :count + 1000);
VACUUM (ANALYZE);
