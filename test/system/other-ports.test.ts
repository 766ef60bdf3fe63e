/** A policy that gives a running edge other ports or another bridge: applied, confirmed, rolled back, also by whoever is left. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { links } from '#linux/rtnetlink.ts'
import { readSysctl } from '#linux/sysctl.ts'
import { given } from '../fixtures/given.ts'
import { Cell, policyText, tcpFrame, until, type HostName } from './orders/cell.ts'
import { ipBatch } from './world/ip-batch.ts'

const limitMs = 60_000
const ordinary = policyText()
const third = '      maintenance: { device: spare, zones: [workshop] }\n'
const workshop = '  workshop: { level: 2, networks: [198.18.1.128/26], mode: contain }\n  supervisory:'
/** The same with a port for the workshop, from which an engineering station programs the PLC. */
const wider = ordinary
  .replace('zones:\n  cell:', `${third}zones:\n  cell:`)
  .replace('  supervisory:', workshop)
  .replace("ews: { ips: [198.18.1.72, 'fd00:198:18:2::72']", 'ews: { ips: [198.18.1.130]')
  .replace("macs: ['02:00:00:00:02:72'], zone: supervisory", "macs: ['02:00:00:00:02:72'], zone: workshop")
  .replace(
    'conduits:\n',
    'conduits:\n  - { id: program, from: ews, to: plc, service: modbus, reason: maintenance, owner: line }\n',
  )
const renamed = ordinary.replace('bridge: br0', 'bridge: br-cell')
/** The port of the plant on another interface, behind which nobody is: its own is broken, say. */
const replugged = ordinary.replace('plant: { zones', 'plant: { device: spare, zones')

const redirects =
  '  - { id: portal, from: supervisory, to: cell, ports: [tcp/80], target: 198.18.1.62:8080, reason: x, owner: y }'

let cell: Cell
const forwarding = () => readSysctl(['net', 'ipv4', 'conf', 'br0', 'forwarding'], { namespace: cell.world.edge })
const ip = (words: string) => ipBatch([words.split(' ')], cell.world.edge)
const members = (bridge = 'br0'): string[] => {
  const all = links({ namespace: cell.world.edge })
  const found = all.find(({ name }) => name === bridge)
  return all.flatMap(({ name, master }) => (found !== undefined && master === found.index ? [name] : [])).toSorted()
}
const operating = () => cell.passes('hmi', 'plc', tcpFrame({ from: 'hmi', to: 'plc' }, 502))
const programming = () => cell.passes('ews', 'plc', tcpFrame({ from: 'ews', to: 'plc', ip: '198.18.1.130' }, 502))
const apply = (text: string, confirm = '10m') => {
  const path = `${cell.daemon.state}/next.yaml`
  writeFileSync(path, text)
  return cell.daemon.call('apply', { ...given(path), by: 'alice', confirm })
}
const confirm = () => cell.daemon.call('confirm', { by: 'alice', force: true })
const rollback = () => cell.daemon.call('rollback', { by: 'alice', reason: 'wrong' })
const elsewhere: Partial<Record<HostName, string>> = { ews: 'spare' }
const alarms = async () => (await cell.status()).alarms
const tampered = async () => (await cell.daemon.events({ kind: ['tamper'] })).length

describe('a policy with another port', () => {
  before(async () => {
    cell = await Cell.start('other-ports', ordinary, { elsewhere })
  })
  after(() => cell.close())

  it('says what joins before it is applied, and joins nothing then', async () => {
    const path = `${cell.daemon.state}/wider.yaml`
    writeFileSync(path, wider)
    assert.match(await cell.edge('apply', path, '--dry-run'), /! Port maintenance \(spare\) joins the bridge br0\./)
    assert.deepEqual(members(), ['cell', 'plant'])
  })

  it('is enforced there at once, while the line runs', async () => {
    const { warnings } = await apply(wider)
    assert.deepEqual(warnings.slice(0, 1), ['Port maintenance (spare) joins the bridge br0.'])
    assert.deepEqual(members(), ['cell', 'plant', 'spare'])
    await until('the new port forwards', limitMs, programming)
    assert.deepEqual(
      [
        await operating(),
        await cell.passes('ews', 'plc', tcpFrame({ from: 'ews', to: 'plc', ip: '198.18.1.130' }, 44818)),
      ],
      [true, false],
    )
    assert.deepEqual(
      (await cell.status()).ports.map(({ name }) => name),
      ['plant', 'cell', 'maintenance'],
    )
    const [applied] = await cell.daemon.events({ kind: ['apply'] })
    assert.match(applied?.text ?? '', /Port maintenance \(spare\) joins the bridge br0\.$/)
  })

  it('that is rolled back leaves the port alone again', async () => {
    await rollback()
    assert.deepEqual(members(), ['cell', 'plant'])
    assert.deepEqual([await operating(), await programming()], [true, false])
    assert.deepEqual(await alarms(), [])
  })

  it('that is confirmed stays, also when the daemon starts again', async () => {
    await apply(wider)
    await confirm()
    await cell.restart('SIGKILL')
    assert.deepEqual(members(), ['cell', 'plant', 'spare'])
    assert.deepEqual([await operating(), await programming()], [true, true])
  })

  it('and one without it takes it out', async () => {
    const { warnings } = await apply(ordinary)
    assert.equal(warnings[0], 'Port maintenance (spare) leaves the bridge br0: nothing passes there any more.')
    await confirm()
    assert.deepEqual(members(), ['cell', 'plant'])
    assert.equal(await tampered(), 0)
  })

  it('whose interface is not there, belongs to somebody else or has an address is refused, and nothing is changed', async () => {
    const enforced = (await cell.status()).plan.digest
    const refused = (text: string, says: RegExp) => assert.rejects(apply(text), says)
    await refused(
      wider.replace('device: spare', 'device: spear'),
      /interface "spear", which does not exist; the nearest is "spare"/,
    )
    await ip('link add other type bridge')
    await ip('link set spare master other')
    await refused(wider, /"spare" already belongs to "other"/)
    await ip('link delete other')
    await ip('address add 198.18.9.1/24 dev spare')
    await refused(wider, /"spare" has the address 198\.18\.9\.1\/24/)
    await ip('address delete 198.18.9.1/24 dev spare')
    const { plan } = await cell.status()
    assert.deepEqual([plan.digest, plan.confirmed, members()], [enforced, true, ['cell', 'plant']])
    assert.ok(await operating())
  })

  it('leaves alone what somebody else put into the bridge', async () => {
    await ip('link add eth9 type veth peer eth9-far')
    await ip('link set eth9 master br0')
    await apply(wider)
    await rollback()
    assert.deepEqual(members(), ['cell', 'eth9', 'plant'])
    await ip('link delete eth9')
  })

  it('goes at its deadline with the daemon dead', async () => {
    await apply(wider, '5s')
    await cell.daemon.kill('SIGKILL')
    await until('the port is taken out', limitMs, () => !members().includes('spare'))
    assert.ok(await operating())
    await cell.restart()
    assert.deepEqual([members(), await operating()], [['cell', 'plant'], true])
  })

  it('of which the daemon died before the port was taken out again is put right by the next', async () => {
    await apply(wider)
    await rollback()
    await apply(wider)
    await cell.daemon.kill('SIGKILL')
    await ip('link set spare nomaster')
    await cell.restart()
    assert.deepEqual(members(), ['cell', 'plant', 'spare'])
    await rollback()
    assert.deepEqual(members(), ['cell', 'plant'])
  })

  it('takes a port to another interface, and back', async () => {
    await apply(replugged)
    assert.deepEqual([members(), await operating()], [['cell', 'spare'], false])
    await rollback()
    assert.deepEqual(members(), ['cell', 'plant'])
    await until('the line runs', limitMs, operating)
  })
})

describe('a policy with another name for the bridge', () => {
  before(async () => {
    cell = await Cell.start('other-bridge', ordinary, { elsewhere })
  })
  after(() => cell.close())

  it('renames it, with its ports, and the line runs', async () => {
    const { index } = links({ namespace: cell.world.edge }).find(({ name }) => name === 'br0') ?? {}
    const { warnings } = await apply(renamed)
    assert.equal(warnings[0], 'The bridge br0 becomes br-cell.')
    assert.deepEqual([members('br-cell'), members('br0')], [['cell', 'plant'], []])
    assert.equal(links({ namespace: cell.world.edge }).find(({ name }) => name === 'br-cell')?.index, index)
    assert.ok(await operating())
    assert.deepEqual(await alarms(), [])
  })

  it('and back', async () => {
    await rollback()
    assert.deepEqual([members('br0'), await operating()], [['cell', 'plant'], true])
  })

  it('is found by a daemon that starts before it was renamed', async () => {
    await apply(renamed)
    await cell.daemon.kill('SIGKILL')
    await ip('link set br-cell down')
    await ip('link set br-cell name br0')
    await ip('link set br0 up')
    await cell.restart()
    assert.deepEqual(members('br-cell'), ['cell', 'plant'])
    await confirm()
    await cell.restart()
    await until('the line runs', limitMs, operating)
    assert.equal(await tampered(), 0)
  })

  it('takes the ports along where there is a bridge of that name already', async () => {
    await ip('link add br0 type bridge')
    await apply(ordinary)
    await confirm()
    assert.deepEqual([members('br0'), members('br-cell')], [['cell', 'plant'], []])
    await until('the line runs', limitMs, operating)
  })

  it('moves its address with it', async () => {
    const addresses = async () =>
      (await cell.world.exec('edge', 'ip', ['-br', '-4', 'address', 'show', 'dev', 'br0'])).stdout
    await apply(policyText({ redirects }))
    assert.match(await addresses(), /198\.18\.1\.62\/26/)
    assert.equal(forwarding(), '1')
    await rollback()
    assert.doesNotMatch(await addresses(), /198/)
    assert.equal(forwarding(), '0')
  })
})

describe('a policy that the kernel refuses', () => {
  before(async () => {
    cell = await Cell.start('other-refused', policyText({ redirects }), { elsewhere })
  })
  after(() => cell.close())
  const nft = (...words: readonly string[]) => cell.world.exec('edge', 'nft', words)

  it('joins no port, renames nothing, and a bridge that redirects goes on doing so', async () => {
    // Somebody holds a chain that the flip takes away.
    await nft(
      'add chain bridge bulkhead deceive; add chain bridge bulkhead theirs; add rule bridge bulkhead theirs jump deceive',
    )
    for (const text of [wider, renamed, ordinary]) await assert.rejects(apply(text), /The kernel refused/)
    assert.equal(forwarding(), '1')
    await nft('delete chain bridge bulkhead theirs; delete chain bridge bulkhead deceive')
    assert.deepEqual([members(), members('br-cell'), await operating()], [['cell', 'plant'], [], true])
  })
})

describe('a policy whose port the kernel does not join', () => {
  before(async () => {
    cell = await Cell.start('other-unjoined', ordinary, { elsewhere })
    // Nothing shows that a bridge is refused an interface that has a daughter, before it is tried.
    await ip('link add daughter link spare type macvlan')
  })
  after(() => cell.close())

  const back = async (text: string, leaves = 'cell plant') => {
    const { digest } = (await cell.status()).plan
    await assert.rejects(apply(text), /busy/i)
    const { plan, alarms: told } = await cell.status()
    assert.deepEqual([plan.digest, plan.confirmed, told, members().join(' ')], [digest, true, [], leaves])
    await until('the line runs', limitMs, operating)
  }

  it('is refused, and the line runs by the rules and on the ports from before', async () => {
    await back(wider)
    assert.equal(await programming(), false)
  })

  it('gives the port back that had left for it already', () => back(replugged))

  it('gives the bridge its name back', async () => {
    await back(wider.replace('bridge: br0', 'bridge: br-cell'))
    assert.deepEqual(members('br-cell'), [])
  })

  it('and nobody is blamed, then or after a restart', async () => {
    await cell.restart('SIGKILL')
    await sleep(5000)
    assert.deepEqual([await tampered(), await alarms(), members()], [0, [], ['cell', 'plant']])
    const refused = (await cell.daemon.events({ kind: ['rollback'] })).map(({ text }) => text)
    assert.equal(refused.length, 3)
    for (const text of refused) assert.match(text, /^A policy was refused; what was enforced before goes on: .*busy/i)
  })
})

describe('an edge that bridges', () => {
  const routing = ordinary.replace('    bridge: br0\n', '')
  before(async () => {
    cell = await Cell.start('other-kind', ordinary)
  })
  after(() => cell.close())

  it('does not become a router while it runs, and what it says can be done', async () => {
    await assert.rejects(apply(routing), /runs as a bridge, and the policy makes it run as a router/)
    writeFileSync(cell.daemon.policyFile, routing)
    await cell.restart()
    assert.deepEqual(
      [(await cell.status()).kind, await operating()],
      ['bridge', true],
      'a restart alone changes nothing',
    )
    await assert.rejects(
      cell.restart('SIGTERM', { routed: true }),
      /take the old rules away with `nft delete table bridge bulkhead`/,
    )
    assert.ok(await operating(), 'and they hold until then')
    await cell.world.exec('edge', 'nft', ['delete', 'table', 'bridge', 'bulkhead'])
    await ip('link delete br0')
    await cell.restart('SIGTERM', { routed: true })
    await cell.restart('SIGKILL', { routed: true })
    const { kind, plan, alarms: told } = await cell.status()
    assert.deepEqual([kind, plan.confirmed, told], ['routed', true, []])
  })
})
