/** What waits to be written: two lanes, so that a containment never waits for flow records; each combines batches into transactions. */
import type { ReadBatch } from './read.ts'

/** Bytes of bodies that wait in one lane; who brings more, waits outside. */
const mostBytes = 32 << 20
/** Events of one transaction: more save little and make the next ones wait longer. */
const mostEvents = 1000

interface Waiting<T> {
  readonly batch: ReadBatch
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

/**
 * @param write writes a group; answers for each batch of it, in order
 * @param isShared whether an error is everybody's (the database is away), not the fault of one batch
 */
export const openLane = <T>(
  write: (batches: readonly ReadBatch[]) => Promise<readonly T[]>,
  isShared: (error: unknown) => boolean,
) => {
  const queue: Waiting<T>[] = []
  const outside: { readonly bytes: number; readonly enter: () => void }[] = []
  let bytes = 0
  let running: Promise<void> | undefined

  const next = (): Waiting<T>[] => {
    let events = 0
    let count = 0
    while (count < queue.length && (count === 0 || events + queue[count]!.batch.events.length <= mostEvents))
      events += queue[count++]!.batch.events.length
    return queue.splice(0, count)
  }
  const settle = async (group: readonly Waiting<T>[]): Promise<void> => {
    try {
      const answers = await write(group.map(({ batch }) => batch))
      group.forEach(({ resolve }, at) => resolve(answers[at]!))
    } catch (error) {
      if (group.length === 1 || isShared(error)) for (const { reject } of group) reject(error)
      // One of them spoils it for all: each by itself.
      else for (const one of group) await settle([one])
    }
  }
  const admit = (): void => {
    let count = 0
    for (const one of outside) {
      if (bytes >= mostBytes) break
      bytes += one.bytes
      count++
    }
    for (const { enter } of outside.splice(0, count)) enter()
  }
  const run = async (): Promise<void> => {
    while (queue.length > 0) {
      const group = next()
      await settle(group)
      for (const { batch } of group) bytes -= batch.bytes
      admit()
    }
    running = undefined
  }
  return {
    put: async (batch: ReadBatch): Promise<T> => {
      if (bytes >= mostBytes || outside.length > 0)
        await new Promise<void>((enter) => outside.push({ bytes: batch.bytes, enter }))
      else bytes += batch.bytes
      return new Promise<T>((resolve, reject) => {
        queue.push({ batch, resolve, reject })
        running ??= run()
      })
    },
    waitingBytes: (): number => bytes,
    settled: (): Promise<void> => running ?? Promise.resolve(),
  }
}
export type Lane<T> = ReturnType<typeof openLane<T>>
