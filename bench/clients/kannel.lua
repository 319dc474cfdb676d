-- Asks Kannel's sendsms for texts with words of their own, to 95 numbers in turn; any receipt is asked
-- for by the address's end, which is the only argument.
local sent = 0

function init(arguments)
  receipt = arguments[1] or ""
end

function request()
  sent = sent + 1
  local to = string.format("%%2B467017406%02d", 5 + sent % 95)
  return wrk.format("GET", "/cgi-bin/sendsms?username=bench&password=bench&from=%2B46701740600&to="
    .. to .. "&charset=UTF-8&text=Hej+bord+kl+19+nr+" .. sent .. receipt)
end
