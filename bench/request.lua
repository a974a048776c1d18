-- The load of one kind of work for wrk: its steps come from the environment and are taken in turns, each over all the
-- subjects of this thread before the next, so that a subject is never moved twice at the same time.
local env = os.getenv
local size, subjects, spread, fifth = tonumber(env("SIZE")), tonumber(env("SUBJECTS")), tonumber(env("SPREAD")), tonumber(env("FIFTH"))
local steps = {}
for s = 1, tonumber(env("STEPS")) do
  local body = env("BODY_" .. s)
  steps[s] = { method = env("METHOD_" .. s), path = env("PATH_" .. s), body = body ~= "" and body or nil, token = env("TOKEN_" .. s) }
end

local threads = {}
function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init()
  math.randomseed(tonumber(env("SEED")) + number)
  step, turn, pass, sent, shown = 1, number, 0, 0, 0
end

local function incident()
  if fifth < 0 then return math.random(0, size - 1) end
  return 500 * spread * math.floor(turn / 10) + 10 * fifth + turn % 10
end

local function value(name)
  if name == "ID" then return string.format("01930000-0000-7000-8000-%012d", incident()) end
  if name == "NEW" then return string.format("%s-%012d", env("PREFIX"), (number * 1000000 + pass) * 10000 + turn) end
  if name == "PATROL" then return string.format("P-%04d", 200 * (turn % 10) + 5 * math.floor(turn / 10)) end
  if name == "LON" then return string.format("%.6f", 118.4 + 0.4 * math.random()) end
  if name == "LAT" then return string.format("%.6f", 31.9 + 0.16 * math.random()) end
end

local function filled(text) return text and (text:gsub("@(%u+)@", value)) end

function request()
  local now = steps[step]
  sent = sent + 1
  local headers = {
    ["Authorization"] = "Bearer " .. now.token,
    ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = string.format("%s-%d-%d", env("PREFIX"), number, sent),
    ["If-Match"] = "*",
  }
  local made = wrk.format(now.method, filled(now.path), headers, filled(now.body))
  turn = turn + tonumber(env("THREADS"))
  if turn >= subjects then
    turn, step = number, step % #steps + 1
    if step == 1 then pass = pass + 1 end
  end
  return made
end

if env("SHOW") then
  function response(status, headers, body)
    if status >= 400 and shown < 2 then
      shown = shown + 1
      io.stderr:write(status .. " " .. body:sub(1, 400) .. "\n")
    end
  end
end

function done(summary, latency)
  io.write(string.format("DONE %d %d %d %f %f\n", summary.requests, summary.errors.status + summary.errors.timeout,
    summary.duration, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
