-- Asks for the paths of a file in any order. `@NOW@` in a path is an instant that was never asked for before.
local paths, asked = {}, 0
local headers = { ["X-API-Key"] = nil, ["Authorization"] = os.getenv("TOKEN") ~= "" and ("Bearer " .. os.getenv("TOKEN")) or nil }
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init()
  for line in io.lines(os.getenv("PATHS")) do paths[#paths + 1] = line end
  math.randomseed(os.time() + 1000 * number)
end

function request()
  asked = asked + 1
  local instant = os.date("!%Y-%m-%dT%H:%M:%S", os.time() - 86400 * number) .. string.format(".%06dZ", asked % 1000000)
  local path = string.gsub(paths[math.random(#paths)], "@NOW@", instant)
  return wrk.format("GET", path, headers)
end

function done(summary, latency)
  local wrong = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("DONE %d %d %d %.2f\n", summary.requests, wrong, summary.duration, latency:percentile(50) / 1000))
end
