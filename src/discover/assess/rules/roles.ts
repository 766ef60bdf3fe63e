/** Machines that do everything, and machines that everything hangs on. */
import type { Kind, Device } from '../../model.ts'
import { isOutside } from '../public.ts'
import { serviceAt } from '../ports.ts'
import type { Draft } from '../risk.ts'
import { distinct, grouped, isField, isInPlant, isUnlisted, type Talk, type View } from '../view.ts'
import { capital, inPolicy, listed, listedDevices, named, plural } from '../wording.ts'

const mailPorts: ReadonlySet<number> = new Set([25, 110, 143, 465, 587, 993, 995])

const rolesOf = (device: Device, asked: readonly Talk[], served: readonly Talk[]): readonly string[] => {
  const sends = (risks: readonly string[]): boolean =>
    asked.some(({ commands }) =>
      commands.some((command) => command.from === 'client' && risks.includes(command.risk) && !isUnlisted(command)),
    )
  return distinct([
    ...(sends(['program']) ? ['programs controllers'] : []),
    ...(sends(['write', 'control']) ? ['operates the process'] : []),
    ...served.flatMap(({ conversation }) => serviceAt(conversation)?.role ?? []),
    ...(served.some(({ conversation }) => serviceAt(conversation)?.remote === true) ? ['is worked on remotely'] : []),
    ...(asked.some(({ server }) => isOutside(server)) ? ['uses the internet'] : []),
    ...(asked.some(
      ({ conversation: { port, transport } }) => transport === 'tcp' && port !== undefined && mailPorts.has(port),
    )
      ? ['fetches or sends mail']
      : []),
  ])
}

/** Three of them on one machine: the risk of each is the risk of all. */
const tooMany = 3

export const severalRoles = ({ byClient, byServer, inventory }: View): readonly Draft[] => {
  return inventory.devices.flatMap((device) => {
    if (isField(device) || isOutside(device)) return []
    const own = [...(byClient.get(device) ?? []), ...(byServer.get(device) ?? [])]
    const roles = rolesOf(device, byClient.get(device) ?? [], byServer.get(device) ?? [])
    if (roles.length < tooMany) return []
    return [
      {
        id: 'several-roles',
        devices: [device],
        title: `${named(device)} ${listed(roles, 5)}`,
        consequence: `One wrong mail, file or session on ${device.id} has every one of these powers; and it cannot be isolated without losing them all.`,
        next: `Move what has nothing to do with operating to another machine, beginning with ${roles.at(-1) ?? 'the last'}; give each role a conduit of its own, so that one can be closed and the others stay.`,
        techniques: ['T0859', 'T0867'],
        evidence: own.map(({ conversation }) => conversation.evidence),
        factors: [
          { what: `${roles.length} roles on one machine`, points: 24 + roles.length * 4 },
          { what: 'programming among them', points: roles.includes('programs controllers') ? 6 : 0 },
        ],
      } satisfies Draft,
    ]
  })
}

/** So many devices hang on one before it is worth a word. */
const enough = 3

const only = (view: View, kinds: readonly Kind[], what: string, loss: string): readonly Draft[] => {
  const machines = view.inventory.devices.filter(({ kind, silent }) => kinds.includes(kind.value) && !silent)
  const [machine] = machines
  if (machine === undefined || machines.length > 1) return []
  const own = (view.byClient.get(machine) ?? []).filter(({ server }) => isField(server))
  const controllers = distinct(own.map(({ server }) => server))
  if (controllers.length < enough) return []
  return [
    {
      id: 'single-point',
      devices: [machine, ...controllers],
      title: `${named(machine)} is the only ${what} of ${plural(controllers.length, 'controller')}`,
      consequence: `When ${machine.id} fails, or must be taken off the network during an incident, ${loss}.`,
      next: `Prepare a spare with its address (\`bulkhead edge replace-asset ${machine.id}\` accepts it), mark its conduits \`essential: true\`, and give ${inPolicy(controllers)} a second way where it is worth it.`,
      techniques: ['T0814'],
      evidence: own.map(({ conversation }) => conversation.evidence),
      factors: [
        { what: `one ${what} for ${plural(controllers.length, 'controller')}`, points: 25 },
        { what: 'how many hang on it', points: Math.min(12, controllers.length) },
      ],
    },
  ]
}

const routers = ({ inventory, byServer }: View): readonly Draft[] => {
  const behind = inventory.devices.filter(
    (device) => device.behind !== undefined && isInPlant(device) && !isOutside(device),
  )
  return [...grouped(behind, (device) => `${device.vlan} ${device.behind ?? ''}`)].flatMap(([, devices]) => {
    const [one] = devices
    if (one === undefined || devices.length < enough) return []
    const router = inventory.at(one.vlan, one.behind ?? '')
    const what = router === undefined ? `the router ${one.behind ?? ''}` : named(router)
    const own = devices.flatMap((device) => byServer.get(device) ?? [])
    return [
      {
        id: 'single-point',
        devices: router === undefined ? devices : [router, ...devices],
        title: `${capital(what)} stands before ${plural(devices.length, 'device')} of the plant (${listedDevices(devices)})`,
        consequence: `When it fails, everything behind it is out of sight and out of reach at once.`,
        next: `See whether it has a spare (VRRP; \`virtual: vrrp\` in the policy), and keep an edge before it in \`link-mirror: on\`, so that a redundant path is used when the link goes.`,
        techniques: ['T0814'],
        evidence: own.map(({ conversation }) => conversation.evidence),
        factors: [
          { what: 'one router for several devices', points: 22 },
          { what: 'how many hang on it', points: Math.min(12, devices.length) },
        ],
      } satisfies Draft,
    ]
  })
}

export const singlePoints = (view: View): readonly Draft[] => [
  ...only(view, ['engineering'], 'engineering station', 'no program can be changed or restored until another is ready'),
  ...only(view, ['hmi', 'scada'], 'operator station', 'the process runs unseen, or is stopped by hand'),
  ...routers(view),
]
