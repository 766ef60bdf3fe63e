import { sum } from '../plant/production.ts'
import type { Chapter, Stage } from './stage.ts'

/** ms; on a slow machine */
const patience = 60_000

const backAfter = async (stage: Stage, killed: number): Promise<number | undefined> => {
  for (const end = performance.now() + patience; performance.now() < end; await stage.wait(100)) {
    const { inspection } = await stage.edge.status()
    const failures = inspection.queues.flatMap((queue) => queue.failures)
    const over = failures.find(({ from, to }) => from >= killed && to !== undefined)
    if (over?.to !== undefined) return over.to - over.from
  }
  return undefined
}

export const inspector: Chapter = {
  id: 'inspector',
  title: 'The process that judges commands is killed',
  run: async (stage) => {
    const { edge, ledger, production } = stage
    const before = await production.totals()
    const known = new Set(edge.events)
    await stage.say(
      'kill -9 of the inspector. The owner of these conduits chose `on-failure: open`: production goes on, and what passed is told.',
    )
    const { inspection } = await edge.status()
    const killed = Date.now()
    for (const { pid, role } of inspection.queues) if (role !== 'watch' && pid > 0) process.kill(pid, 'SIGKILL')
    const gapMs = await backAfter(stage, killed - 1)
    stage.check(
      gapMs !== undefined,
      gapMs === undefined ? 'no other inspector took its place' : `another one judges ${gapMs} ms later`,
    )
    const window = await edge.event((event) => event.kind === 'failure-window' && !known.has(event), patience)
    stage.check(window !== undefined, window === undefined ? 'nothing was told about it' : `reported: ${window.text}`)
    const after = await production.totals()
    const [pollsLost, reconnects] = [
      sum(after, 'lost') - sum(before, 'lost'),
      sum(after, 'reconnects') - sum(before, 'reconnects'),
    ]
    stage.check(pollsLost === 0 && reconnects === 0, `${pollsLost} polls lost, ${reconnects} connections broken`)
    const flows = window?.details?.['flows']
    ledger.commands = {
      ...ledger.commands,
      inspectorKill: {
        packetsUninspected: window?.count ?? 0,
        flows: typeof flows === 'number' ? flows : 0,
        gapMs: gapMs ?? 0,
        pollsLost,
        reconnects,
      },
    }
    await stage.pause(1)
  },
}
