"""The atomic steps on a room's live state, as Redis runs them. Every key of a room bears its id in braces."""

# KEYS: meta, users, stream. ARGV: an epoch for a room that has none, or one of another database (a backup was brought
# back: what is live here is of a board that is gone); how this database's epochs begin. Gives the epoch and the seq.
OPEN = """
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch or string.sub(epoch, 1, #ARGV[2]) ~= ARGV[2] then
  epoch = ARGV[1]
  redis.call('DEL', KEYS[2], KEYS[3])
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', 0)
end
return {epoch, redis.call('HGET', KEYS[1], 'seq')}
"""

# KEYS: meta, stream. ARGV: the new epoch, channel, message.
RENEW = """
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'seq', 0)
redis.call('PUBLISH', ARGV[2], ARGV[3])
"""

# Tells the other processes something. Who is alone on a channel is the sender itself, and need not hear its own words,
# unless its subscription broke just now, and the one who listens is another: then nobody is on the channel of its own
# beats either. That one is '' where it is to be told always: a node of a cluster does not know who listens at others.
TELL = """
local function tell(channel, message, beats)
  local heard = beats ~= '' and redis.call('PUBSUB', 'NUMSUB', channel, beats)
  if not heard or heard[2] > heard[4] then redis.call('PUBLISH', channel, message) end
end
"""

# KEYS: meta, users. ARGV: epoch, who (JSON), channel, message before and after the number, the channel of the
# sender's beats (see TELL). Gives the number, or nil.
JOIN = f"""{TELL}
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return false end
local user = redis.call('HINCRBY', KEYS[1], 'user', 1)
redis.call('HSET', KEYS[2], user, ARGV[2])
tell(ARGV[3], ARGV[4] .. user .. ARGV[5], ARGV[6])
return user
"""

# KEYS: meta, stream. ARGV: epoch, ops (JSON), length of the stream, channel, message before and after the seq, the
# channel of the sender's beats (see TELL). Gives the seq, or nil if the room has another epoch by now. Sequence and
# stream advance together.
OPS = f"""{TELL}
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return false end
local seq = redis.call('HINCRBY', KEYS[1], 'seq', 1)
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], seq .. '-0', 'ops', ARGV[2])
tell(ARGV[4], ARGV[5] .. seq .. ARGV[6], ARGV[7])
return seq
"""

# KEYS: meta, users. ARGV: epoch in which the numbers were given (in another they may be somebody else's), channel,
# message, the numbers of those who left. Gives those who were still there.
LEAVE = """
local gone = {}
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return gone end
for i = 4, #ARGV do
  if redis.call('HDEL', KEYS[2], ARGV[i]) == 1 then gone[#gone + 1] = ARGV[i] end
end
if #gone > 0 then redis.call('PUBLISH', ARGV[2], ARGV[3]) end
return gone
"""

# KEYS: meta and users of each of some rooms. Gives, as JSON, of each: the epoch, the newest number, the seq (each ''
# where there is none), and how many are in it. As one text: an answer of many parts costs more to read than to make.
LOOK = """
local found = {}
for i = 1, #KEYS, 2 do
  local known = redis.call('HMGET', KEYS[i], 'epoch', 'user', 'seq')
  found[#found + 1] = {known[1] or '', known[2] or '', known[3] or '', redis.call('HLEN', KEYS[i + 1])}
end
return cjson.encode(found)
"""

# KEYS: meta of each of some rooms. ARGV: epoch and seq of each, as they are known. Gives, as JSON, those that are
# otherwise: the place among KEYS (from 1), the epoch ('' for a room without live state), the seq.
MOVED = """
local moved = {}
for i = 1, #KEYS do
  local known = redis.call('HMGET', KEYS[i], 'epoch', 'seq')
  local epoch, seq = known[1] or '', known[2] or '0'
  if epoch ~= ARGV[2 * i - 1] or seq ~= ARGV[2 * i] then moved[#moved + 1] = {i, epoch, seq} end
end
return #moved > 0 and cjson.encode(moved) or '[]'
"""

# KEYS: meta, users, stream. ARGV: epoch, newest number, seq, channel, message. Takes the room down if nobody is in it,
# and nothing has happened since these were looked at; gives 1 then.
SLEEP = """
local known = redis.call('HMGET', KEYS[1], 'epoch', 'user', 'seq')
for i = 1, 3 do
  if (known[i] or '') ~= ARGV[i] then return 0 end
end
if redis.call('HLEN', KEYS[2]) > 0 then return 0 end
if redis.call('DEL', KEYS[1], KEYS[2], KEYS[3]) > 0 then redis.call('PUBLISH', ARGV[4], ARGV[5]) end
return 1
"""

# KEYS: processes. ARGV: process, its channel, processes to drop. Counts this process's beat, and gives all counts.
BEAT = """
redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
for i = 3, #ARGV do redis.call('HDEL', KEYS[1], ARGV[i]) end
redis.call('PUBLISH', ARGV[2], ARGV[1])
return redis.call('HGETALL', KEYS[1])
"""
