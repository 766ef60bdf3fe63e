import { examples, type Register } from './command.ts'
import { registerExport } from './events/export.ts'
import { registerFollow } from './events/follow.ts'
import { registerJudge } from './events/judge.ts'
import { registerSearch } from './events/search.ts'
import { groups } from './groups.ts'

export const register: Register = (program) => {
  const events = program.command('events').description(groups.events.summary)
  examples(
    events,
    ['bulkhead events search --site north --kind denial --since 1h', 'what was denied in the last hour?'],
    ['bulkhead events follow --class P0,P1', 'watch all sites'],
  )
  registerSearch(events)
  registerFollow(events)
  registerExport(events)
  registerJudge(events)
}
