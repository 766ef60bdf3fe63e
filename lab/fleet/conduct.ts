/** What a simulated fleet is put through, step by step, and the figures of it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type FleetOptions, startFleet } from './fleet.ts'
import { histogram } from './histogram.ts'
import { ordinaryEvent } from './made-events.ts'

export interface Programme {
  /** Events a second over all edges. */
  readonly rate: number
  /** How long; until it is stopped when absent. */
  readonly seconds?: number
  /** All lines end at once and are dialled again at once. */
  readonly storm: boolean
  /** Seconds that all lines are down while events go on being made. */
  readonly offline?: number
}
export type FleetFigures = ReturnType<ReturnType<typeof startFleet>['figures']> & {
  readonly connectMs: number
  /** Until all were welcome again. */
  readonly stormMs?: number
  /** Until the last event that was made without a line was acknowledged. */
  readonly drainedMs?: number
  /** From the detection, or the order itself, to its being in force: over every edge that it reached. */
  readonly ordersInForce: number
  readonly orderP50Ms?: number
  readonly orderP99Ms?: number
  readonly orderMaxMs?: number
}

const slotMs = 50
/** Dialled abreast when there is no storm: more only wait for each other. */
const abreast = 64
const stormJitterMs = 500
const drainMs = 600_000

/**
 * @param together resolves when every process of the fleet has come as far
 * @param stopped ends the step that has no end of its own
 */
export const conduct = async (
  options: FleetOptions,
  { rate, seconds, storm, offline }: Programme,
  together: (step: string) => Promise<void>,
  stopped: AbortSignal,
): Promise<FleetFigures> => {
  const latency = histogram()
  const fleet = startFleet({
    ...options,
    abreast,
    stopped,
    onState: (_edge, object) => {
      if (object.type === 'order') latency.add(Date.now() - (object.cause?.detected ?? object.at))
    },
  })
  let told = 0
  /** Makes events for a time, evenly. */
  const telling = async (forMs: number): Promise<void> => {
    const start = performance.now()
    const before = told
    for (let passed = 0; passed < forMs && !stopped.aborted; passed = performance.now() - start) {
      const due = before + Math.floor((rate * passed) / 1000)
      for (; told < due; told++) fleet.tell(told, (edge) => ordinaryEvent(edge, told, Date.now()))
      await sleep(slotMs)
    }
  }
  const drained = async (): Promise<number> => {
    const start = performance.now()
    while (fleet.figures().eventsWaiting > 0 && performance.now() - start < drainMs && !stopped.aborted)
      await sleep(slotMs)
    return performance.now() - start
  }
  try {
    await together('connect')
    const connectMs = await fleet.connect()
    await together('run')
    await telling(seconds === undefined ? Number.POSITIVE_INFINITY : seconds * 1000)
    let stormMs: number | undefined
    if (storm) {
      await fleet.cut()
      await together('storm')
      stormMs = await fleet.connect(stormJitterMs)
    }
    let drainedMs: number | undefined
    if (offline !== undefined) {
      await fleet.cut()
      await together('offline')
      await telling(offline * 1000)
      await together('online')
      const start = performance.now()
      await fleet.connect(stormJitterMs)
      await drained()
      drainedMs = performance.now() - start
    } else await drained()
    return {
      ...fleet.figures(),
      connectMs,
      ...(stormMs === undefined ? {} : { stormMs }),
      ...(drainedMs === undefined ? {} : { drainedMs }),
      ordersInForce: latency.count,
      ...(latency.count === 0
        ? {}
        : { orderP50Ms: latency.percentile(50), orderP99Ms: latency.percentile(99), orderMaxMs: latency.max }),
    }
  } finally {
    await fleet.close()
  }
}

/** Of several processes: numbers of things are added, times are those of the slowest. */
export const merged = (all: readonly FleetFigures[]): FleetFigures => {
  const [first, ...rest] = all
  if (first === undefined) throw new Error('a fleet without a process')
  const sums: Record<string, number> = { ...first }
  for (const figures of rest)
    for (const [name, value] of Object.entries(figures))
      sums[name] = name.endsWith('Ms') ? Math.max(sums[name] ?? 0, value) : (sums[name] ?? 0) + value
  return { ...first, ...sums }
}
