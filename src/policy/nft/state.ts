/** Sets that outlive generations: who is contained, what is temporarily permitted, what was counted. */
import type { Family, Plan } from '../plan.ts'
import { firstParts } from './fragments.ts'
import { riskSet, risksAsked } from './guards.ts'
import { counters, ipTable, table, type IpWords, bothFamilies } from './names.ts'
import { notedKinds } from './outcome.ts'

/** Sources contained automatically among known assets, of both IP versions together: the circuit breaker (three places). */
export const breakerSize = 3
const strangers = 65_536

/** A minute after its last packet a conversation is forgotten, and told anew when it comes back. */
const countingSets = ({ family, address }: Pick<IpWords, 'family' | 'address'>): string =>
  notedKinds
    .map((noted) => {
      const key = `type mark . ${address} . ${address} . inet_proto`
      const size = noted === 'denials' ? 16_384 : 4096
      return `  set ${noted}${family} { ${key} . inet_service; size ${size}; flags dynamic,timeout; timeout 1m; }
  set ${noted}_plain${family} { ${key}; size 4096; flags dynamic,timeout; timeout 1m; }`
    })
    .join('\n')

/** What is known of the risk of sources: the sets of a plan that asks for another risk are filled from it. */
export const riskScores = (family: Family): string => `risk_scores${family}`

/** Sources at or above each risk that a plan asks for; they outlive generations too. */
export const riskState = (plan: Plan, owner: 'bridge' | 'inet'): string => {
  const sets = risksAsked(plan).flatMap((riskBelow) =>
    bothFamilies.map(
      ({ family, address }) =>
        `  set ${riskSet(riskBelow, family)} { type ${address}; size ${strangers}; flags timeout; }\n`,
    ),
  )
  return sets.length === 0 ? '' : `table ${owner} ${table} {\n${sets.join('')}}\n`
}

const ofFamily = (
  { family, address }: IpWords,
  owner: 'bridge' | 'inet',
): string => `${owner === 'bridge' ? `\n${firstParts({ family })}` : ''}
  set strangers${family} { type ifname . mark . ether_addr . ${address}; size ${strangers}; flags dynamic,timeout; timeout 1h; }
  set would${family} { type ifname . mark . ether_addr . ${address}; size ${strangers}; flags dynamic,timeout; timeout 1h; }
  set contained_known${family} { type mark . ${address}; size ${breakerSize}; flags dynamic,timeout; timeout 1h; }
  set held${family} { type mark . ${address}; size ${strangers}; flags timeout; }
  map ${riskScores(family)} { type ${address} : mark; size ${strangers}; flags timeout; }
${countingSets({ family, address })}
  set uninspected${family} { type ${address} . ${address} . inet_proto . inet_service; size 8192; flags dynamic,timeout; timeout 14d; }
  set seen_known${family} { type mark . ${address} . ${address}; size ${strangers}; flags dynamic; }
  set seen${family} { type mark . ${address} . ${address}; size ${strangers}; flags dynamic; }
  map temporary${family} { type mark . ${address} . ${address} . inet_proto . inet_service : counter; flags timeout; }
  map temporary_mac${family} { type ether_addr . ${address} . ${address} . inet_proto . inet_service : counter; flags timeout; }`

/** Text that creates them where they are missing and leaves them alone where they exist. */
export const stateText = (family: 'bridge' | 'inet'): string => `table ${family} ${table} {
  set bypass { type iface_type; flags timeout; }
  set stranger_macs { type ifname . mark . ether_addr; size ${strangers}; flags dynamic,timeout; timeout 1h; }
  set carriers { type ifname . mark . ether_addr; size 4096; flags dynamic,timeout; timeout 1d; }
  set carriers_full { type ifname . mark; size 64; flags dynamic,timeout; timeout 1d; }
  set breaker { typeof meta mark . @nh,64,128; size ${breakerSize}; flags dynamic,timeout; timeout 1h; }
${bothFamilies.map((ip) => ofFamily(ip, family)).join('\n')}
  counter ${counters.bypass} { }
  counter ${counters.contained} { }
  counter ${counters.wouldContained} { }
  counter ${counters.spoof} { }
  counter ${counters.wouldSpoof} { }
  counter ${counters.unzoned} { }
  counter ${counters.icmpErrors} { }
  counter ${counters.infrastructure} { }
  counter ${counters.groups} { }
  set hung { type iface_type; flags timeout; }
  set uninspected_first { type iface_type; size 8; flags dynamic,timeout; timeout 14d; }
  set uninspected_last { type iface_type; size 8; flags dynamic,timeout; timeout 14d; }
  counter ${counters.temporary} { }
  counter ${counters.uninspectedHung} { }
  counter ${counters.uninspectedDead} { }
  counter ${counters.uninspectedDropped} { }
  counter ${counters.fixedOffset} { }
}
table inet ${ipTable} {
  set bypass { type iface_type; flags timeout; }
  set authenticated4 { type ipv4_addr; size ${strangers}; flags timeout; }
  set authenticated6 { type ipv6_addr; size ${strangers}; flags timeout; }
}
`
