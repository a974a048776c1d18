-- Batches for wrk, one a line: a token, a tab, the body. When none is left, this thread stops.
local env = os.getenv
local left = true -- a file that has been read to its end must not be asked again
local lines, total, answered, shown = io.lines(env("BATCHES")), tonumber(env("TOTAL")), 0, 0

function request()
  local line = left and lines()
  left = line
  if not line then return wrk.format("GET", "/livez") end
  local tab = line:find("\t", 1, true)
  local headers = { ["Authorization"] = "Bearer " .. line:sub(1, tab - 1), ["Content-Type"] = "application/json" }
  return wrk.format("POST", "/v1/positions", headers, line:sub(tab + 1))
end

function response(status, headers, body)
  answered = answered + 1
  if status >= 400 and shown < 2 then
    shown = shown + 1
    io.stderr:write(status .. " " .. body:sub(1, 400) .. "\n")
  end
  if answered >= total then wrk.thread:stop() end
end

function done(summary, latency)
  io.write(string.format("DONE %d %d %d %f %f\n", summary.requests, summary.errors.status + summary.errors.timeout,
    summary.duration, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
