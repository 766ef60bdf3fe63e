/** The figures of the story in a few lines. Pure. */
import type { Figures } from '../figures.ts'
import type { Line } from './text.ts'

const number = (value: number): string => value.toLocaleString('en')
const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`
const seconds = (value: number): string => `${(value / 1000).toFixed(1)} s`

const row = (label: string, text: string, ok: boolean): Line => [
  [ok ? '✓ ' : '✗ ', ok ? 'green' : 'red'],
  [label.padEnd(13), 'bold'],
  text,
]

export const summary = (figures: Figures): readonly Line[] => {
  const { start, polls, attack, containment, outage, commands, decoys, fabric, chapters } = figures
  const { inspectorKill: kill } = commands
  const good = chapters.filter(({ ok }) => ok).length
  return [
    row('chapters', `${good} of ${chapters.length} as they should be`, good === chapters.length),
    row(
      'start',
      `plant wired in ${seconds(start.plantMs)}, enforced after ${seconds(start.enforcingMs)}${figures.root ? '' : ', without root'}`,
      true,
    ),
    row(
      'polls',
      `${number(polls.sent)} sent, ${number(polls.lost)} lost, round trip p50 ${ms(polls.p50Ms)}, p99 ${ms(polls.p99Ms)}`,
      polls.lost === 0,
    ),
    row('attack', `${number(attack.sent)} packets sent, ${number(attack.delivered)} delivered`, attack.delivered === 0),
    row(
      'containment',
      `${containment.contained} sources, ${containment.leaked} frames leaked, reported after ${ms(containment.reportedMs)}`,
      containment.leaked === 0,
    ),
    row(
      'orders',
      `${containment.orders} through the API: half in ${ms(containment.orderP50Ms)}, 99 % in ${ms(containment.orderMs)}, durable`,
      containment.orders > 0,
    ),
    row(
      'commands',
      `${commands.permitted} permitted, ${commands.refused} refused, ${commands.delivered} of them delivered, ${commands.sessionsLost} sessions lost`,
      commands.refused > 0 && commands.delivered === 0 && commands.sessionsLost === 0,
    ),
    row(
      'inspector',
      `killed, back in ${ms(kill.gapMs)}: ${number(kill.packetsUninspected)} packets unjudged, ${kill.pollsLost} polls lost`,
      kill.gapMs > 0 && kill.pollsLost === 0 && kill.reconnects === 0,
    ),
    row(
      'decoys',
      `${decoys.standing} on ${decoys.macs} Ethernet addresses, ${decoys.delivered} packets of the scan reached a controller, ${decoys.bruteForce} guessed and ${decoys.compromised} stolen password told apart, ${decoys.moved} moved`,
      decoys.contacts > 0 && decoys.delivered === 0 && decoys.bruteForce + decoys.compromised === 2 && decoys.moved > 0,
    ),
    row(
      'fabric',
      `other site told in ${ms(fabric.orderMs)}, ${fabric.enforced}/${fabric.desired} orders; manager gone ${seconds(fabric.downMs)}: ${fabric.missing}/${fabric.events} lost, ${fabric.twice} twice`,
      fabric.desired > 0 &&
        fabric.enforced === fabric.desired &&
        fabric.delivered + fabric.missing + fabric.twice === 0,
    ),
    row(
      'daemon dead',
      `${seconds(outage.deadMs)}: ${number(outage.delivered)} of ${number(outage.sent)} delivered, ${outage.pollsLost} polls lost, back in ${ms(outage.restartMs)}`,
      outage.sent > 0 && outage.delivered === 0 && outage.pollsLost === 0,
    ),
  ]
}

export const invitation: readonly string[] = [
  'Everything stays up until Ctrl-C. Try it yourself from another terminal:',
  './bulkhead lab exec laptop -- nmap -Pn -p 502 198.18.1.10-11',
]
