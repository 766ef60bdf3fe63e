/** Sets and chains that every IP version shares. */
import { modes } from '#schema/site-words.ts'
import type { Plan } from '../plan.ts'
import { counters } from './names.ts'
import { hasMode } from './outcome.ts'
import { timeoutOf } from './timeout.ts'
import type { Writer } from './writer.ts'
/** What every IP version shares. */
export const sharedSets = (plan: Plan, writer: Writer, openWindows: ReadonlyMap<number, number>): void => {
  writer.set('known_macs', 'type ether_addr')
  writer.elements('known_macs', plan.knownMacs)
  writer.set('service_ports', 'type inet_service')
  writer.elements('service_ports', plan.servicePorts.map(String))
  writer.set('broadcast_ips', 'type ipv4_addr')
  writer.elements('broadcast_ips', plan.broadcastAddresses)
  writer.set('broadcast_services', 'type ifname . ifname . mark . inet_service')
  writer.elements(
    'broadcast_services',
    plan.broadcast.map(({ from, to, vlan, port }) => `"${from}" . "${to}" . ${vlan} . ${port}`),
  )
  plan.windows.forEach((_, index) => {
    writer.set(`w${index}`, 'type iface_type', 'timeout')
    const seconds = openWindows.get(index)
    if (seconds !== undefined && seconds > 0) writer.elements(`w${index}`, [`ether ${timeoutOf(seconds)}`])
  })
  if (modes.some((mode) => mode === 'contain' && hasMode(plan, mode)))
    writer.chain('contained_drop', [writer.counter(counters.contained), 'drop'])
  if (hasMode(plan, 'contain')) writer.chain('contained_would', [writer.counter(counters.wouldContained), 'return'])
}
