-- Asks Ringback's API for texts with words of their own, to 95 numbers in turn. Arguments: the key, and
-- the number from which the words are counted.
function init(arguments)
  headers = {
    ["Content-Type"] = "application/json",
    ["Authorization"] = "Bearer " .. arguments[1],
  }
  sent = tonumber(arguments[2])
end

function request()
  sent = sent + 1
  local to = string.format("+467017406%02d", 5 + sent % 95)
  local body = '{"to":"' .. to .. '","text":"Hej bord kl 19 nr ' .. sent .. '"}'
  return wrk.format("POST", "/api/v1/texts", headers, body)
end
