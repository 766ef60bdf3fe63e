/** A client's orders on one connection, each with what has to become of it. */
import type { Row } from '../plant/device.ts'
import type { Stage } from './stage.ts'
import { until } from './fleet.ts'

export interface Expected {
  readonly order: string
  /** `read`: whatever the policy says, nothing is changed by it. */
  readonly becomes: 'read' | 'done' | 'refused'
  /** Fields of the answer. */
  readonly answer: Row
  readonly text: string
}

const holds = (answer: Row, expected: Row): boolean =>
  Object.entries(expected).every(([name, value]) => JSON.stringify(answer[name]) === JSON.stringify(value))

interface Client {
  readonly host: string
  readonly client: string
  /** Controllers that are alike: the next one is asked when nobody judged while the one before it was. */
  readonly targets: readonly [string, ...string[]]
  /** Takes back what an order did that nobody judged, where there is no other controller. */
  readonly restore?: () => Promise<unknown>
}

/** ms; on a slow machine */
const patience = 30_000

/** When an inspector was away since then: one that gets no processor counts as hanging, and its conduits fail open. */
const awayAt = async (stage: Stage, since: number) =>
  (await stage.edge.status()).inspection.queues.flatMap(({ failures }) =>
    failures.filter(({ to }) => to === undefined || to >= since),
  )

/** Whether nobody judged for a while since then; if so, somebody judges again. */
const wasAway = async (stage: Stage, since: number, isAsExpected: boolean): Promise<boolean> => {
  const isTold = async (): Promise<boolean> => (await awayAt(stage, since)).length > 0
  // That an inspector hung is told when it has been noticed.
  if (!(isAsExpected ? await isTold() : await until(isTold, { limitMs: patience / 6 }))) return false
  await until(async () => (await awayAt(stage, Date.now())).length === 0, { limitMs: patience })
  return true
}

/** Sends them, checks every answer, enters them in the ledger, and counts on the controller's own side what arrived. */
export const send = async (
  stage: Stage,
  { host, client, targets: [target, ...others], restore }: Client,
  expected: readonly Expected[],
): Promise<void> => {
  const { ledger } = stage
  const device = stage.device(target)
  const before = device.changes
  const orders = expected.map(({ order }) => order)
  const since = Date.now()
  const answers = await stage.orders(host, client, target, orders)
  const [next, ...rest] = others
  const isAsExpected = expected.every(({ answer }, at) => holds(answers[at] ?? {}, answer))
  if (next !== undefined && (await wasAway(stage, since, isAsExpected))) {
    await stage.say(`This machine was so busy that for a moment nobody judged. Once more, with ${next}.`)
    await restore?.()
    return send(
      stage,
      { host, client, targets: [next, ...rest], ...(restore === undefined ? {} : { restore }) },
      expected,
    )
  }
  const wanted = expected.filter(({ becomes }) => becomes === 'done').length
  await until(() => Promise.resolve(device.changes - before >= wanted), { limitMs: 10_000, everyMs: 20 })
  await stage.wait(50)
  const lost = answers.filter(({ error }) => typeof error === 'string' && !error.startsWith('0x')).length
  for (const [at, { answer, text }] of expected.entries()) stage.check(holds(answers[at] ?? {}, answer), text)
  const count = (what: Expected['becomes']): number =>
    expected.filter(({ becomes, answer }, at) => becomes === what && holds(answers[at] ?? {}, answer)).length
  const [permitted, refused] = [count('done'), count('refused')]
  const delivered = device.changes - before - permitted
  stage.check(delivered === 0, `${delivered} of ${refused} refused commands reached ${target}, as it says itself`)
  stage.check(lost === 0, `one connection for all ${orders.length}: ${lost} orders without an answer`)
  const { commands } = ledger
  ledger.commands = {
    ...commands,
    permitted: commands.permitted + permitted,
    refused: commands.refused + refused,
    delivered: commands.delivered + delivered,
    sessionsLost: commands.sessionsLost + lost,
  }
}

/** The newest event of a refused command from one machine. */
export const checkEvent = async (stage: Stage, from: string): Promise<void> => {
  const { ip } = stage.plant.host(from)
  const event = await stage.edge.event(({ kind, source }) => kind === 'command-denied' && source?.ip === ip)
  stage.check(event !== undefined, event === undefined ? 'no event of it' : `reported: ${event.text}`)
}
