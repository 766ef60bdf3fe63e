/** A daemon that may open no more files enforces on, but can neither answer nor load: it tells while it still can. */
import { descriptors } from '#linux/process.ts'
import type { Edge } from '../context.ts'
import { record } from '../writing.ts'

/** What a load of rules, a new inspector and somebody who asks need at once, with room to tell of it before. */
const spare = 24
const alarm = 'descriptors'

/** Called every second. */
export const watchDescriptors = (edge: Edge): void => {
  const { open, limit } = descriptors()
  if (limit - open >= spare) {
    edge.alarms.delete(alarm)
    return
  }
  const text = `${open === limit ? 'All' : `${open} of`} ${limit} files that this daemon may open are in use: without free ones it answers nobody, loads no policy and starts no inspector. The kernel enforces on. Raise the limit (LimitNOFILE= in the unit), or find who holds connections to its socket.`
  if (!edge.alarms.has(alarm)) record(edge, { kind: 'degraded', text })
  edge.alarms.set(alarm, text)
}
