-- The questions that wrk asks, one after the other: which of them, and how many repositories there are, is told.
-- Usage: wrk -s load.lua ADDRESS -- QUESTION REPOSITORIES

local base = "/api/catalog/"
local number = 0

-- Names in no order, so that no page of the database is asked for twice in a row.
local function nextNumber()
  number = (number + 7919) % repositories
  return number
end

local questions = {
  ["by-name"] = function()
    return base .. "entities/by-name/component/default/service-" .. nextNumber()
  end,
  ["by-owner"] = function()
    return base .. "entities/by-query?limit=20&filter=kind=component,spec.owner=group:team-"
      .. math.floor(nextNumber() / 25)
  end,
  ["by-type"] = function()
    return base .. "entities/by-query?limit=20&orderField=metadata.name,asc&filter=kind=component,spec.type="
      .. (nextNumber() % 2 == 0 and "service" or "website")
  end,
  ["facets"] = function()
    return base .. "entity-facets?facet=spec.type&facet=kind&filter=spec.owner=group:team-"
      .. math.floor(nextNumber() / 25)
  end,
  ["facets-all"] = function()
    return base .. "entity-facets?facet=spec.type&facet=metadata.tags"
  end,
}

function init(arguments)
  question = questions[arguments[1]]
  repositories = tonumber(arguments[2])
end

function request()
  return wrk.format("GET", question())
end

-- One line that a program reads: errors of sockets, answers that are errors, and latencies in microseconds.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "figures %d %d %d %d %d %d\n",
    summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.timeout, errors.status,
    latency:percentile(50), latency:percentile(99)
  ))
end
