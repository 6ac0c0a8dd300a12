// An attempt is noted only when it has failed in an orderly way: an event that kills its process leaves no trace, is handled
// again by the next process and kills that too, for ever.

import { plantedLog } from './log.ts'

export const attemptUnwritten = plantedLog(
  'attempt-unwritten',
  `create function proof.forget_attempt() returns trigger language plpgsql as $$
   begin
     new.attempt_to := old.attempt_to;
     new.crash_off := null;
     new.crash_attempts := 0;
     return new;
   end $$;
   create trigger forget_attempt before update on bus.cursors for each row execute function proof.forget_attempt()`,
)
