"""What torture needs inside of the servers: places at which they die, a clock that jumps, and ways to break them on
purpose. The product knows nothing of it: only servers that run on `cxbot.torture.rig.settings` have it."""
