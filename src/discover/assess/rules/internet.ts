/** The plant and the internet. */
import type { Device } from '../../model.ts'
import { isOutside } from '../public.ts'
import { serviceAt } from '../ports.ts'
import type { Draft } from '../risk.ts'
import { distinct, grouped, type Talk, type View } from '../view.ts'
import { listed, named, plural, serviceOf } from '../wording.ts'

const insideOf = ({ client, server }: Pick<Talk, 'client' | 'server'>): Device => (isOutside(client) ? server : client)

export const internet = ({ talks }: View): readonly Draft[] => {
  const across = talks.filter(
    (talk) => isOutside(talk.client) !== isOutside(talk.server) && insideOf(talk).level.value < 4,
  )
  return [...grouped(across, insideOf)].map(([inside, own]): Draft => {
    const inbound = own.filter(({ client }) => isOutside(client))
    const hosts = distinct(own.map(({ client, server }) => (isOutside(client) ? client : server)))
    const services = distinct(own.map(({ conversation }) => serviceAt(conversation)?.name ?? serviceOf(conversation)))
    const from = inbound.length > 0
    return {
      id: from ? 'reached-from-internet' : 'reaches-internet',
      devices: [inside],
      title: from
        ? `${named(inside)} on level ${inside.level.value} is reached from the internet (${listed(services)}, ${plural(hosts.length, 'host')}, e.g. ${hosts[0]?.ips[0] ?? ''})`
        : `${named(inside)} on level ${inside.level.value} talks to ${plural(hosts.length, 'host')} in the internet (${listed(services)}, e.g. ${hosts[0]?.ips[0] ?? ''})`,
      consequence: from
        ? `Anybody in the world can try passwords and exploits on ${inside.id}; such addresses are found by search engines within hours.`
        : `${inside.id} can be steered and emptied over a connection that it opened itself, past every firewall that only looks at what comes in.`,
      next: from
        ? `Take the forwarding out of the router today. No conduit from an address in no zone: with \`mode: enforce\` on the zone of ${inside.id} they are denied.`
        : `Route updates and data through a proxy of level 3.5, and permit that one: no conduit from ${inside.id} to an address in no zone.`,
      techniques: from ? ['T0883', 'T0819', 'T0822'] : ['T0884', 'T0822'],
      evidence: own.map(({ conversation }) => conversation.evidence),
      factors: [
        { what: from ? 'opened from the internet' : 'a connection to the internet', points: from ? 75 : 50 },
        { what: `it stands on level ${inside.level.value}`, points: inside.level.value < 3 ? 12 : 0 },
        {
          what: 'by a tool for remote access',
          points: own.some(({ conversation }) => serviceAt(conversation)?.remote === true) ? 8 : 0,
        },
      ],
    }
  })
}
