import { arpScanOf, replug, secondLaptop, sweepOf } from './attackers.ts'
import type { Chapter } from './stage.ts'

export const crash: Chapter = {
  id: 'crash',
  title: 'The daemon is killed, and the edge goes on',
  run: async (stage) => {
    const { plant, edge, ledger, witness } = stage
    const [before, known] = [await stage.pollsLost(), (await edge.status()).containments.map(({ ip }) => ip)]
    await stage.say('kill -9. No handler runs, nothing is tidied up; the rules are in the kernel and stay there.')
    const [killed, told] = [performance.now(), new Set(edge.events)]
    await edge.kill()
    await replug(plant, 'laptop', secondLaptop)
    await stage.say('The laptop is back, with another card and another address, and nobody watches.')
    const { sent, delivered } = await stage.attack(secondLaptop.mac, () => stage.run('laptop', sweepOf(plant)))
    stage.check(sent > 0 && delivered === 0, `${delivered} of ${sent} packets reached a cell, with the daemon dead`)
    const dark = witness.count(secondLaptop.mac)
    await stage.run('laptop', arpScanOf(plant))
    const later = ledger.attack(dark, witness.count(secondLaptop.mac))
    const leaked = delivered + later.delivered + later.deliveredNeighbour
    ledger.leaked += leaked
    stage.check(
      later.sentNeighbour > 0 && later.delivered + later.deliveredNeighbour === 0,
      `${later.deliveredNeighbour} of ${later.sentNeighbour} ARP frames after that: the kernel contained it by itself`,
    )
    const lost = (await stage.pollsLost()) - before
    stage.check(lost === 0, `${lost} polls lost`)
    await stage.say('The daemon starts again and takes over what the kernel was doing.')
    const restartMs = await edge.start()
    ledger.outage = {
      deadMs: Math.round(performance.now() - killed),
      sent: sent + later.sent,
      delivered: leaked,
      pollsLost: lost,
      restartMs: Math.round(restartMs),
    }
    const window = await edge.event((event) => event.kind === 'failure-window' && !told.has(event))
    stage.check(
      window !== undefined,
      window === undefined ? 'no event of the time in which nobody watched' : `reported: ${window.text}`,
    )
    stage.check(
      edge.events.some(({ kind }) => kind === 'adopt'),
      `it adopted the running rules, ${Math.round(restartMs)} ms after its start`,
    )
    const { containments } = await edge.status()
    ledger.contained = new Set(containments.map(({ ip }) => ip)).size
    const kept = [...known, secondLaptop.ip].filter((ip) => containments.some((containment) => containment.ip === ip))
    stage.check(kept.length === known.length + 1, `all ${kept.length} containments hold, the one it never saw too`)
    await stage.pause(1)
  },
}
