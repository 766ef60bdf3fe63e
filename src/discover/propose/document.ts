/** The text of a proposal: a policy that says of each line what it rests on. */
import type { Asset, PolicyTest, Site } from '#schema/site.ts'
import type { Observed } from '../model.ts'
import { maintenance, type Written } from './conduits.ts'
import type { GroupTraffic, Row } from './group-traffic.ts'
import type { PlannedPort } from './ports.ts'
import type { Decision, Excluded, ProposeOptions } from './proposal.ts'
import type { PlannedZone } from './zones.ts'
import { comment, field, item, toValue, type Value } from './yaml.ts'
import { count } from './words.ts'

export interface Parts {
  readonly observed: Observed
  readonly remarks: readonly string[]
  readonly options: ProposeOptions
  readonly ports: readonly PlannedPort[]
  /** One zone on both sides of the edge. */
  readonly inside: boolean
  readonly zones: readonly PlannedZone[]
  readonly assets: Readonly<Record<string, Asset>>
  readonly groups: Site['groups']
  readonly conduits: readonly Written[]
  readonly decisions: readonly Decision[]
  readonly traffic: GroupTraffic
  readonly tests: readonly PolicyTest[]
  readonly excluded: readonly Excluded[]
  readonly aside: readonly string[]
}

/** What was left out is listed up to here; all of it is in the report. */
const toldExcluded = 50

const vlanText = (vlan: number): string | number => (vlan === 0 ? 'untagged' : vlan)
const section = (name: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', `${name}:`, ...lines]

const headOf = ({ observed, remarks, excluded, decisions, aside }: Parts): readonly string[] => {
  const { captures } = observed
  const named = captures.slice(0, 5).map(({ name }) => name)
  const more = captures.length - named.length
  return [
    comment(
      `Proposed from what was seen in ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}. Every zone observes: nothing is denied yet.`,
    ),
    comment(
      'Next: answer what is marked TODO, decide what stands in comments, then raise `mode` to shadow, and to enforce when nothing',
    ),
    comment('that belongs there would be denied.'),
    ...remarks.map((text) => comment(text)),
    ...(aside.length === 0
      ? []
      : [
          comment(
            `${count(aside.length, 'conversation')} on one side of the edge need no conduit: the edge does not see them.`,
          ),
        ]),
    ...(decisions.length === 0
      ? []
      : [comment(`${count(decisions.length, 'conduit')} for decision, in comments below the others.`)]),
    ...(excluded.length === 0 ? [] : [comment('Seen and not proposed:')]),
    ...excluded
      .slice(0, toldExcluded)
      .map(({ text, sign }) => comment(`- ${sign === undefined ? '' : `${sign}: `}${text}`)),
    ...(excluded.length > toldExcluded ? [comment(`- and ${excluded.length - toldExcluded} more`)] : []),
  ]
}

const edgeOf = ({ ports, options }: Parts): readonly string[] => {
  const needed = ports.some(({ vlans }) => vlans.some((vlan) => vlan !== 0))
  return [
    `  ${options.edge ?? 'edge-1'}:`,
    '    bridge: br0',
    '    ports: # TODO: `device:` where an interface has another name than its port',
    ...ports.flatMap(({ name, zones, vlans, routers }) =>
      field(
        name,
        {
          zones,
          ...(needed ? { vlans: vlans.map(vlanText) } : {}),
          ...(routers.length === 0 ? {} : { routers }),
        },
        6,
      ),
    ),
  ]
}

const zonesOf = ({ zones, inside }: Parts): readonly string[] =>
  zones.flatMap(({ name, level, networks, vlan, devices }) => {
    const owners = [...new Set(devices.flatMap(({ told }) => told?.owner ?? []))]
    const levels = ['low', 'medium', 'high'] as const
    const criticality = levels.findLast((each) => devices.some((device) => device.criticality.value === each))
    const lines = field(
      name,
      {
        level,
        networks,
        mode: 'observe',
        ...(inside ? { intra: 'deny' } : {}),
        ...(vlan === undefined ? {} : { vlan: vlanText(vlan) }),
        ...(criticality === undefined ? {} : { criticality }),
        ...(owners.length === 1 ? { owner: owners[0] ?? '' } : {}),
      },
      2,
    )
    return owners.length === 1
      ? lines
      : [comment(`TODO: owner of ${name}, ${count(devices.length, 'device')}`, 2), ...lines]
  })

const rows = (all: readonly Row[], of: (row: Row) => Value): readonly string[] =>
  all.flatMap((row) => [comment(row.comment, 2), ...item(of(row), 2)])

/** `maintenance` is there for the conduits in comments. */
const groupsOf = ({ groups, decisions }: Parts): readonly string[] => [
  ...Object.entries(groups).flatMap(([name, group]) => field(name, { assets: group.assets ?? [] }, 2)),
  ...(decisions.length === 0
    ? []
    : [
        `  ${maintenance}: { times: [{ days: [sat], from: "02:00", to: "04:00" }] } # TODO: when maintenance takes place`,
      ]),
]

export const documentOf = (parts: Parts): string => {
  const { options, assets, conduits, decisions, traffic, tests } = parts
  // A list of comments alone is no list.
  const list = conduits.length === 0 ? [] : conduits.flatMap(({ lines }) => lines)
  const undecided =
    decisions.length === 0
      ? []
      : [
          '',
          comment(
            'For decision: engineering that was seen. Remove the `#` of what is permitted, with its window and its end.',
            2,
          ),
          ...decisions.map(({ text }) => text),
        ]
  return `${[
    ...headOf(parts),
    'version: 1',
    `site: ${options.site ?? 'site'}`,
    'timezone: UTC # TODO: the time zone of the site, such as Europe/Berlin',
    ...section('edges', edgeOf(parts)),
    ...section('zones', zonesOf(parts)),
    ...section(
      'assets',
      Object.entries(assets).flatMap(([name, asset]) => field(name, toValue(asset), 2)),
    ),
    ...section('groups', groupsOf(parts)),
    ...(list.length === 0 ? ['', 'conduits: []'] : section('conduits', list)),
    ...undecided,
    ...section(
      'broadcast',
      rows(traffic.broadcast, ({ zones, name }) => ({ zone: zones[0] ?? '', allow: [name] })),
    ),
    ...section(
      'layer2',
      rows(traffic.layer2, ({ zones, name }) => ({ zones, allow: [name] })),
    ),
    ...section(
      'tests',
      tests.flatMap((test) => item(test, 2)),
    ),
  ].join('\n')}\n`
}
