/**
 * What a person or a machine can get wrong around an edge. Each time: one clear sentence, what to do about it, the documented exit code,
 * no stack trace; and what the kernel enforces is untouched while a line runs through it.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { exitCodes, type ExitName } from '#core/errors.ts'
import { storePath } from '#edge/context.ts'
import { keys } from '#edge/store/kv.ts'
import { openStore } from '#edge/store/open.ts'
import { probeQueue } from '#linux/capabilities.ts'
import { structureDigest } from '#linux/nft-objects.ts'
import { links } from '#linux/rtnetlink.ts'
import { ethernet, ipv4, udp } from '#packet/build.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import { bulkheadAtEdge, type Daemon, startDaemon } from './edge-process.ts'
import {
  addresses,
  createPlant,
  edgeName,
  macs,
  policyText,
  startProduction,
  type Production,
} from './production/production.ts'
import type { World } from './world/world.ts'

const home = mkdtempSync('/run/bad-input-')
const place = (name: string) => join(home, name)
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
/** As the launcher sets it: halves the time to start. */
const cached = [
  'env',
  `NODE_COMPILE_CACHE=${fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url))}`,
]
const policy = policyText()
/** Another policy than the one that is enforced: were it loaded, it would show. */
const other = policyText({
  conduits: '  - { id: other, from: historian, to: plcs, service: udp/9, reason: test, owner: line }',
})

let world: World
let production: Production
let enforced = ''
let state = ''

const structure = () =>
  ['bridge', 'inet']
    .map((family) =>
      structureDigest(
        family === 'bridge' ? 'bridge' : 'inet',
        family === 'bridge' ? 'bulkhead' : 'bulkhead_ip',
        world.edge,
      ),
    )
    .join(' ')
const file = (name: string, text: string): string => {
  writeFileSync(place(name), text)
  return place(name)
}
let serial = 0
const fresh = (): string => place(`state-${serial++}`)

interface Run {
  readonly policy?: string
  readonly edge?: string
  readonly state?: string
  readonly socket?: string
  readonly more?: readonly string[]
  /** Words before the command: what it runs under, in a process of its own. Without them it runs where others did before. */
  readonly under?: readonly string[]
}
const run = async ({
  policy: path = place('other.yaml'),
  edge = edgeName,
  state: at = fresh(),
  socket = place('other.sock'),
  more = [],
  under,
}: Run) => {
  const words = ['edge', 'run', '--policy', path, '--edge', edge, '--state', at, '--socket', socket, ...more]
  if (under === undefined) return bulkheadAtEdge(world, words)
  const command = [...cached, ...under, process.execPath, '--disable-warning=ExperimentalWarning', main, ...words]
  return world.exec('edge', command[0] ?? '', command.slice(1))
}

interface Row {
  readonly name: string
  readonly exit: ExitName
  readonly says: RegExp
  readonly advises: RegExp
  readonly run: () => Run | Promise<Run>
  readonly skip?: () => string | undefined
  /** Also refused by a running daemon that is asked to apply it. */
  readonly applies?: true
}

/** Runs a row and holds it to what is said above. */
const refused = async ({ exit, says, advises, run: make }: Row): Promise<void> => {
  const present = links({ namespace: world.edge })
  const { code, stdout, stderr } = await run(await make())
  const [sentence = '', ...rest] = stderr.trimEnd().split('\n')
  assert.equal(code, exitCodes[exit], `${stdout}${stderr}`)
  assert.match(sentence, says)
  assert.match(sentence, /^bulkhead: [A-Z/"l].*[\w)".]$/)
  assert.match(rest.at(-1) ?? '', advises)
  assert.doesNotMatch(stderr, /\n\s+at |node:internal|Error:/)
  assert.equal(structure(), enforced, 'the rules are touched')
  assert.deepEqual(links({ namespace: world.edge }), present, 'the links are touched')
}

/** Runs a command with something of the kernel hidden. */
const hiding = (script: string) => ['unshare', '--mount', 'sh', '-c', `${script} && exec "$@"`, 'sh']
const library = () => execFileSync('sh', ['-c', 'ls /usr/lib/*/libnftables.so.1']).toString().trim()
const mapsUser = (uid: number): boolean =>
  readFileSync('/proc/self/uid_map', 'utf8')
    .trim()
    .split('\n')
    .some((line) => {
      const [first = 0, , length = 0] = line.trim().split(/\s+/).map(Number)
      return uid >= first && uid < first + length
    })
const edited = (name: string, from: string | RegExp, to: string) => file(name, other.replace(from, to))
const mount = (name: string, size: string): string => {
  mkdirSync(place(name), { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', place(name)])
  return place(name)
}
/** A copy of the state of the daemon that ran last. */
const copied = (): string => {
  const to = fresh()
  mkdirSync(to)
  for (const name of readdirSync(state)) if (!name.includes('.sock')) copyFileSync(join(state, name), join(to, name))
  return to
}

const policies: readonly Row[] = [
  {
    name: 'a policy with a syntax error is refused with its line',
    applies: true,
    exit: 'policy',
    says: /syntax\.yaml has \d+ errors?\./,
    advises: /Correct the lines named above; nothing was applied/,
    run: () => ({ policy: edited('syntax.yaml', 'conduits:\n', 'conduits: [\n') }),
  },
  {
    name: 'a policy with a name that does not exist is refused with the nearest one',
    applies: true,
    exit: 'policy',
    says: /unknown\.yaml has 1 error/,
    advises: /Correct the lines named above/,
    run: () => ({ policy: edited('unknown.yaml', 'from: historian', 'from: historain') }),
  },
  {
    name: 'an edge that the policy does not have is refused with those it has',
    exit: 'policy',
    says: /The policy has no edge called "line-egde"/,
    advises: /It has: line-edge/,
    run: () => ({ edge: 'line-egde', under: [] }),
  },
  {
    name: '--routed for an edge with a bridge is refused',
    exit: 'refused',
    says: /The edge "line-edge" has a bridge in the policy, but --routed was given/,
    advises: /Leave --routed out/,
    run: () => ({ more: ['--routed'] }),
  },
  {
    name: 'an edge without a bridge is refused without --routed',
    applies: true,
    exit: 'refused',
    says: /The edge "line-edge" has no bridge in the policy/,
    advises: /run with --routed/,
    run: () => ({ policy: edited('routed.yaml', '    bridge: br0\n', '') }),
  },
  {
    name: 'a policy that is not there is refused',
    applies: true,
    exit: 'usage',
    says: /none\.yaml.*: (there is )?no such file/,
    advises: /Check the path/,
    run: () => ({ policy: place('none.yaml') }),
  },
  {
    name: 'a policy that may not be read is refused',
    exit: 'usage',
    says: /Cannot read the policy .*secret\.yaml: permission denied/,
    advises: /Check the path and its permissions/,
    run: () => {
      execFileSync('install', ['-m', '000', place('other.yaml'), place('secret.yaml')])
      return {
        policy: place('secret.yaml'),
        under: [
          'setpriv',
          '--bounding-set=-dac_override,-dac_read_search',
          '--inh-caps=-dac_override,-dac_read_search',
        ],
      }
    },
  },
]

const machines: readonly Row[] = [
  {
    name: 'a port whose interface is missing is refused with the nearest name',
    exit: 'environment',
    says: /The port "plant" names the interface "plnat", which does not exist; the nearest is "plant"/,
    advises: /correct the port under `edges:`/,
    run: () => ({ policy: edited('port.yaml', 'plant: { zones', 'plant: { device: plnat, zones') }),
  },
  {
    name: 'a port that belongs to another bridge is refused',
    exit: 'refused',
    says: /"plant" already belongs to "br0"/,
    advises: /Choose another port or change what is connected to it/,
    run: () => ({ policy: edited('bridge.yaml', 'bridge: br0', 'bridge: br7') }),
  },
  {
    name: 'missing privileges are refused',
    exit: 'environment',
    says: /CAP_NET_ADMIN is missing/,
    advises: /Run as root, or grant CAP_NET_ADMIN/,
    run: () => ({ under: ['setpriv', '--bounding-set=-net_admin,-net_raw', '--inh-caps=-net_admin,-net_raw'] }),
  },
  {
    name: 'an ordinary user is refused',
    exit: 'environment',
    says: /CAP_NET_ADMIN is missing/,
    advises: /Run as root/,
    skip: () => (mapsUser(65_534) ? undefined : 'there is no other user in this user namespace'),
    run: () => {
      execFileSync('chmod', ['-R', 'a+rX', home])
      return { under: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] }
    },
  },
  {
    name: 'a kernel without br_netfilter is refused with how to load it where commands are judged',
    exit: 'environment',
    says: /The kernel has no sysctl net\.bridge\.bridge-nf-call-iptables \(module br_netfilter\)/,
    advises: /modprobe br_netfilter/,
    run: () => ({
      policy: edited('judged.yaml', 'service: udp/9,', 'service: modbus, allow: [read],'),
      under: hiding('mount -t tmpfs tmpfs /proc/sys/net/bridge'),
    }),
  },
  {
    name: 'a machine without libnftables is refused with how to install it',
    exit: 'environment',
    says: /libnftables\.so\.1 is not installed or cannot be loaded/,
    advises: /apt-get install nftables/,
    run: () => ({ under: hiding(`mount --bind /dev/null ${library()}`) }),
  },
  // A kernel whose nft can queue needs no iptables.
  ...(probeQueue() === 'nft'
    ? []
    : [
        {
          name: 'a conduit that allows commands is refused where the kernel has no packet queue',
          exit: 'refused' as const,
          says: /The conduit "other" allows single commands of modbus, and this kernel has no packet queue/,
          advises: /Use a kernel with nft queue, or install iptables for its NFQUEUE target/,
          run: () => ({
            policy: edited('allow.yaml', 'service: udp/9,', 'service: modbus, allow: [read],'),
            under: hiding('mount --bind /dev/null "$(readlink -f "$(command -v iptables-nft)")"'),
          }),
        },
      ]),
  {
    name: 'a machine without ip is refused with how to install it',
    exit: 'environment',
    says: /ip.* is not installed/,
    advises: /apt-get install nftables iproute2/,
    run: () => ({ under: ['env', 'PATH=/nonexistent'] }),
  },
  {
    name: 'a socket where nothing may be written is refused',
    exit: 'environment',
    says: /The control socket .*x\.sock cannot be made: EROFS/,
    advises: /choose a place you may write to with --socket/,
    run: () => ({
      socket: join(place('read-only'), 'x.sock'),
      under: hiding(`mkdir -p ${place('read-only')} && mount -t tmpfs -o ro tmpfs ${place('read-only')}`),
    }),
  },
  {
    name: 'a full disk is refused',
    exit: 'environment',
    says: /No space left to write .*edge\.db/,
    advises: /Free space in the state directory/,
    run: () => ({ state: mount('tiny', '64k'), under: [] }),
  },
  {
    name: 'a database that is none is refused and left as it is',
    exit: 'environment',
    says: /edge\.db is damaged \(it does not begin like a database\); it was left as it is/,
    advises: /Move the file away to start with an empty store/,
    run: () => {
      const at = fresh()
      mkdirSync(at)
      writeFileSync(storePath(at), 'what is this? '.repeat(1000))
      return { state: at }
    },
  },
  {
    name: 'a database that was cut off is refused and left as it is',
    exit: 'environment',
    says: /edge\.db is damaged.*it was left as it is/,
    advises: /Move the file away/,
    run: () => {
      const at = copied()
      truncateSync(storePath(at), Math.floor(statSync(storePath(at)).size / 2 / 4096) * 4096)
      return { state: at }
    },
  },
  {
    name: 'an empty database is refused and left as it is',
    exit: 'environment',
    says: /edge\.db is damaged \(it is empty\)/,
    advises: /Move the file away/,
    run: () => {
      const at = copied()
      truncateSync(storePath(at), 0)
      return { state: at }
    },
  },
]

const second: readonly Row[] = [
  {
    name: 'with the same state is refused',
    exit: 'busy',
    says: /Another daemon enforces in this network already|is in use by process \d+/,
    advises: /Stop the other daemon first/,
    run: () => ({ state }),
  },
  {
    name: 'with a state of its own on the same bridge is refused',
    exit: 'busy',
    says: /Another daemon enforces in this network already/,
    advises: /Stop the other daemon first, or use `bulkhead edge status` to reach it/,
    run: () => ({}),
  },
  {
    name: 'at the same socket is refused',
    exit: 'busy',
    says: /Another daemon answers at .*edge\.sock/,
    advises: /Stop the other daemon first/,
    run: () => ({ socket: daemon.socket }),
  },
]

let daemon: Daemon
const table = (rows: readonly Row[]): void => {
  for (const row of rows)
    it(row.name, async (test) => {
      const why = row.skip?.()
      if (why !== undefined) return test.skip(why)
      await refused(row)
    })
}
const until = async (what: string, holds: () => Promise<boolean>, limitMs = 60_000): Promise<void> => {
  const limit = performance.now() + limitMs
  while (!(await holds())) {
    assert.ok(performance.now() < limit, `${what}: not within ${limitMs} ms`)
    await sleep(50)
  }
}
/** Nothing was lost, and something was sent. */
const lineRuns = async (): Promise<void> => {
  const first = await production.settled()
  await sleep(300)
  const { sent, lost, broken } = await production.settled()
  assert.ok(sent > first.sent)
  assert.deepEqual({ lost, broken }, { lost: 0, broken: 0 })
}

describe('bad input', () => {
  before(async () => {
    file('other.yaml', other)
    world = await createPlant('bad')
    production = await startProduction(world)
    daemon = await startDaemon(world, { policy, edge: edgeName })
    state = daemon.state
    enforced = structure()
  })
  after(async () => {
    await daemon.stop()
    await production.stop()
    await world.close()
    for (const name of ['tiny', 'small']) execFileSync('sh', ['-c', `umount ${place(name)} 2>/dev/null; true`])
    rmSync(home, { recursive: true, force: true })
  })

  describe('a second daemon', () => {
    table(second)
    it('leaves the first one working and the line running', async () => {
      assert.equal((await daemon.call('status', {})).state, 'enforcing')
      await lineRuns()
    })
  })

  describe('a wrong policy', () => {
    before(() => daemon.kill('SIGKILL'))
    table(policies)
    it('leaves the line running', lineRuns)
  })

  describe('a wrong machine', () => {
    table(machines)
    it('leaves the line running', lineRuns)
  })

  describe('applied to a daemon', () => {
    before(async () => {
      daemon = await startDaemon(world, { policyFile: daemon.policyFile, edge: edgeName, state })
      enforced = structure()
    })
    for (const { name, exit, says, run: make } of policies.filter(({ applies }) => applies === true))
      it(name, async () => {
        const { policy: path = '' } = await make()
        const words = ['edge', 'apply', path, '--socket', daemon.socket]
        const { code, stderr } = await bulkheadAtEdge(world, words)
        // A policy of another kind of edge is refused by a running daemon for that reason.
        const wanted = name.includes('--routed') ? /runs as a bridge, and the policy makes it run as a router/ : says
        assert.equal(code, exitCodes[exit], stderr)
        assert.match(stderr, wanted)
        assert.doesNotMatch(stderr, /\n\s+at /)
        assert.equal(structure(), enforced)
      })
    after(() => daemon.stop())
  })

  it('a clock before the newest time on record is an alarm, and nothing is opened or closed by it', async () => {
    const store = openStore({ path: storePath(state) })
    const later = Date.now() + 86_400_000
    store.kv.set(keys.lastTime, later)
    store.close()
    daemon = await startDaemon(world, { policyFile: daemon.policyFile, edge: edgeName, state })
    const alarmed = async () =>
      (await daemon.call('status', {})).alarms.some((text) =>
        text.includes('The clock is before the newest time on record'),
      )
    await until('the alarm', alarmed)
    assert.equal((await daemon.events({ kind: ['clock'] })).length, 1)
    assert.equal(structure(), enforced)
    await daemon.stop()
    await lineRuns()
  })

  it('a disk that fills up while the edge runs is an alarm, orders reach the kernel all the same, and it ends with the alarm', async () => {
    const at = mount('small', '8m')
    const began = await startDaemon(world, { policy, edge: edgeName, state: at })
    const fill = () => execFileSync('sh', ['-c', `cat /dev/zero >${join(at, `filler-${serial++}`)} 2>/dev/null; true`])
    const knock = (port: number) => {
      const ends = { src: addresses.historian, dst: addresses['plc-a'] }
      const payload = ipv4({
        ...ends,
        proto: ipProtocols.udp,
        payload: udp(ends, { sport: 40_000, dport: port, payload: new Uint8Array(900) }),
      })
      world.send('stranger', ethernet({ dst: macs['plc-a'], src: macs.historian, etherType: etherTypes.ipv4, payload }))
    }
    const full = async () => (await began.call('status', {})).alarms.some((text) => text.startsWith('No space left'))
    let port = 1000
    await until('the alarm', async () => {
      // Again and again: the reserve is given up first.
      fill()
      knock(port++)
      const { text } = await began.call('contain', {
        ip: '198.18.1.60',
        for: '1h',
        reason: 'x'.repeat(400),
        by: 'test',
      })
      return text.includes('not stored') && (await full())
    })
    const { text } = await began.call('contain', {
      ip: addresses.stranger,
      for: '1h',
      reason: 'the disk is full',
      by: 'test',
    })
    assert.match(text, /in the kernel, but not stored/)
    assert.ok(
      (await began.call('status', {})).containments.some(
        ({ ip, kind }) => ip === addresses.stranger && kind === 'ordered',
      ),
    )
    await lineRuns()
    for (const name of readdirSync(at)) if (name.startsWith('filler')) rmSync(join(at, name))
    await until('the end of the alarm', async () => {
      await began.call('contain', { ip: '198.18.1.61', for: '1h', reason: 'there is room again', by: 'test' })
      return !(await full())
    })
    assert.equal((await began.stop()).code, 0)
  })
})
