import { openPacketSocket } from '#linux/packet-socket.ts'
import { arpScanOf, sweepOf } from './attackers.ts'
import type { Chapter, Stage } from './stage.ts'

/** Milliseconds from the first frame on the laptop's cable to the event of its containment. */
const reported = async (
  stage: Stage,
  device: string,
  ip: string,
  act: () => Promise<unknown>,
): Promise<number | undefined> => {
  const cable = openPacketSocket({ device, promiscuous: true })
  try {
    cable.drain()
    const begun = cable.wait(30_000).then(() => performance.now())
    const told = stage.edge
      .event(({ kind, source }) => kind === 'containment' && source?.ip === ip)
      .then(() => performance.now())
    await act()
    const contained = stage.edge.events.some(({ kind, source }) => kind === 'containment' && source?.ip === ip)
    return contained ? (await told) - (await begun) : undefined
  } finally {
    cable.close()
  }
}

export const sweep: Chapter = {
  id: 'sweep',
  title: 'A rogue laptop sweeps the cells',
  run: async (stage) => {
    const { plant, edge, ledger } = stage
    const laptop = plant.host('laptop')
    await stage.say(
      'Somebody plugs a laptop in and looks for controllers. ARP shows where they are; the first packet to one of them is the last.',
    )
    const ms = await reported(stage, 'laptop', laptop.ip, async () => {
      const { sent, delivered } = await stage.attack(laptop.mac, () => stage.run('laptop', sweepOf(plant)))
      ledger.leaked += delivered
      stage.check(sent > 0 && delivered === 0, `${delivered} of ${sent} packets reached a cell`)
      await edge.event(({ kind, source }) => kind === 'containment' && source?.ip === laptop.ip)
    })
    ledger.reportedMs = ms ?? 0
    const { containments } = await edge.status()
    ledger.contained = new Set(containments.map(({ ip }) => ip)).size
    stage.check(
      containments.some(({ ip }) => ip === laptop.ip),
      `${laptop.ip} is contained since its first packet, in the kernel`,
    )
    stage.check(
      ms !== undefined,
      ms === undefined
        ? 'its containment was not reported'
        : `reported ${Math.round(ms)} ms after its first frame on the wire`,
    )
    await stage.say('Now not even its ARP gets through.')
    const after = await stage.attack(laptop.mac, () => stage.run('laptop', arpScanOf(plant)))
    const leaked = after.delivered + after.deliveredNeighbour
    ledger.leaked += leaked
    stage.check(
      after.sentNeighbour > 0 && leaked === 0,
      `${leaked} of ${after.sent + after.sentNeighbour} frames of any kind got through`,
    )
    await stage.pause(1)
  },
}
