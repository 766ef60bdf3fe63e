import type { Chapter } from './stage.ts'

/** Bounded: about two seconds. */
const packets = 20_000

export const flood: Chapter = {
  id: 'flood',
  title: 'The camera floods a controller',
  run: async (stage) => {
    const { plant, edge, ledger, production } = stage
    const [camera, target] = [plant.host('camera'), plant.host('plc-fill')]
    const before = await stage.pollsLost()
    await stage.say(
      `Now under its own address: ${packets.toLocaleString('en')} connection attempts, as fast as it can.`,
    )
    const flooding = ['hping3', '-q', '-S', '-p', '502', '-i', 'u50', '-c', String(packets), target.ip]
    let slowest = 0
    const watch = setInterval(() => {
      for (const { conduit, p99 } of production.rows)
        if (conduit === 'hmi-operates-plcs') slowest = Math.max(slowest, p99 ?? 0)
    }, 250)
    const { sent, delivered } = await stage
      .attack(camera.mac, () => stage.run('camera', flooding))
      .finally(() => clearInterval(watch))
    ledger.leaked += delivered
    stage.check(
      sent > packets / 2 && delivered === 0,
      `${delivered} of ${sent.toLocaleString('en')} packets reached ${target.name}`,
    )
    const contained = await edge.event(({ kind, source }) => kind === 'containment' && source?.ip === camera.ip)
    stage.check(
      contained !== undefined,
      contained === undefined ? 'the camera is not contained' : 'the camera is contained',
    )
    const lost = (await stage.pollsLost()) - before
    stage.check(
      lost === 0,
      `${lost} polls lost meanwhile; slowest hundredth of the HMI's round trips ${slowest.toFixed(1)} ms`,
    )
    await stage.pause(1)
  },
}
