import type { Chapter } from './stage.ts'
import { sum } from '../plant/production.ts'

export const baseline: Chapter = {
  id: 'baseline',
  title: 'The line runs, and the edge is in the wire',
  run: async (stage) => {
    const { production, edge } = stage
    await stage.say('An HMI, a historian and an interlock poll four controllers across the edge, over IPv4 and IPv6.')
    for (let turn = 0; turn < 300 && production.rows.some(({ answered }) => answered < 3); turn++) await stage.wait(100)
    await stage.say('Every conversation is a conduit of the policy; nothing else passes.')
    const polls = await production.totals()
    const [answered, lost] = [sum(polls, 'answered'), sum(polls, 'lost')]
    stage.check(
      polls.every((row) => row.answered > 0),
      `${answered} polls answered on ${polls.length} connections`,
    )
    stage.check(lost === 0, `${lost} polls lost`)
    const { state, containments, zones } = await edge.status()
    stage.check(state === 'enforcing', `the edge is ${state}`)
    const denied = zones.reduce((total, zone) => total + zone.denied, 0)
    stage.check(
      containments.length === 0 && denied === 0,
      `${denied} packets denied and ${containments.length} sources contained: nobody at work is disturbed`,
    )
  },
}
