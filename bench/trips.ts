/** Polls and their answers, one after the other or at a pace, as a client that polls sends them. */
import { Speaker } from './polls.ts'
import type { World } from '../test/system/world/world.ts'

const waitMs = 10_000
const arrives = (socket: ReturnType<World['socket']>): boolean => {
  const deadline = performance.now() + waitMs
  while (socket.receive() === undefined) if (performance.now() > deadline) return false
  return true
}

/** A sleeper wakes up later than asked, by so much at most as a rule. */
const lateMs = 0.07
const nobodyWakes = new Int32Array(new SharedArrayBuffer(4))
/**
 * Sleeps, and waits awake for the last of it. Who waits awake all the time fills its processor, and the kernel then does everything else on
 * the listener's (docs/decisions/025).
 */
const until = (time: number): void => {
  const sleepMs = time - performance.now() - lateMs
  if (sleepMs > 0) Atomics.wait(nobodyWakes, 0, 0, sleepMs)
  while (performance.now() < time);
}

/**
 * @param everyUs from the begin of one round trip to that of the next; one that is late is followed at once until the pace is kept again.
 *   0: each as soon as the last one is over
 * @returns µs of each round trip
 */
export const roundTrips = (world: World, port: number, count: number, everyUs = 0): number[] => {
  const [client, server] = [world.socket('hmi'), world.socket('plc')]
  const [request, answer] = [new Speaker(port, 'request'), new Speaker(port, 'answer')]
  client.drain()
  server.drain()
  const times: number[] = []
  const begin = performance.now()
  for (let trip = 0; trip < count; trip++) {
    if (everyUs > 0) until(begin + (trip * everyUs) / 1000)
    const start = performance.now()
    client.send(request.next())
    if (!arrives(server)) throw new Error(`request ${trip} was lost on the way`)
    server.send(answer.next())
    if (!arrives(client)) throw new Error(`answer ${trip} was lost on the way`)
    times.push((performance.now() - start) * 1000)
  }
  return times
}
