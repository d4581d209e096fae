-- Takes from the bucket of a key and of its tenant, or from neither. The same arithmetic as bucket.rs.
-- KEYS: the two buckets. ARGV: cost, then units a second and burst of each; 0 a second for no limit.
-- Answers: whether it was taken, the wait in microseconds, in how many microseconds each bucket is full.
local time = redis.call('TIME')
-- From 2023 on, so that a float holds fractions of a microsecond.
local now = (tonumber(time[1]) - 1700000000) * 1000000 + tonumber(time[2])
local cost = tonumber(ARGV[1])
local wait, before, after = 0, {now, now}, {now, now}
for i = 1, 2 do
  local rate, burst = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  if rate > 0 then
    local unit = 1000000 / rate
    local full = tonumber(redis.call('GET', KEYS[i]) or 0)
    before[i] = math.min(math.max(full, now), now + burst * unit)
    after[i] = before[i] + cost * unit
    wait = math.max(wait, after[i] - now - burst * unit)
  end
end
if wait > 0.5 then
  return {0, math.ceil(wait), math.floor(before[1] - now), math.floor(before[2] - now)}
end
for i = 1, 2 do
  if after[i] > before[i] then
    local kept = math.ceil((after[i] - now) / 1000) + 1000
    redis.call('SET', KEYS[i], string.format('%.3f', after[i]), 'PX', kept)
  end
end
return {1, 0, math.floor(after[1] - now), math.floor(after[2] - now)}
