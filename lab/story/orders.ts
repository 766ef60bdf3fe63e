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
}

/** Whether an inspector was away at some time since then: one that gets no processor counts as hanging, and its conduits fail open. */
const wasAway = async (stage: Stage, since: number): Promise<boolean> =>
  (await stage.edge.status()).inspection.queues.some(({ failures }) =>
    failures.some(({ to }) => to === undefined || to >= since),
  )

/** Sends them, checks every answer, enters them in the ledger, and counts on the controller's own side what arrived. */
export const send = async (
  stage: Stage,
  { host, client, targets: [target, ...others] }: Client,
  expected: readonly Expected[],
): Promise<void> => {
  const { ledger } = stage
  const device = stage.device(target)
  const before = device.changes
  const orders = expected.map(({ order }) => order)
  const since = Date.now()
  const answers = await stage.orders(host, client, target, orders)
  const [next, ...rest] = others
  if (next !== undefined && (await wasAway(stage, since))) {
    await stage.say(`This machine was so busy that for a moment nobody judged. Once more, with ${next}.`)
    return send(stage, { host, client, targets: [next, ...rest] }, expected)
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
