-- Batches for wrk, one a line: a token, a tab, the body. After the last one it says how long they took.
local env = os.getenv
local lines, total, begin = io.lines(env("BATCHES")), tonumber(env("TOTAL")), nil
local left, asked, answered, shown = true, 0, 0, 0

function request()
  asked = asked + 1
  local line = asked > 1 and left and lines() -- the first is asked for by wrk itself and never sent
  if asked > 1 then left = line end
  if not line then return wrk.format("GET", "/livez") end
  begin = begin or os.time()
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
  if answered == total then
    io.write(string.format("SENT %d\n", os.time() - begin))
    io.flush()
  end
end
