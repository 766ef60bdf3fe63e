/** The units under a real systemd, installed with the lines of docs/deploy.md. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isWholeMachine } from '#edge/decoys/host-command.ts'
import { edgeName, policyText } from './production/production.ts'
import { Machine } from './systemd/machine.ts'

const skip =
  process.env['BULKHEAD_TEST'] !== 'long'
    ? 'in the long tier'
    : !existsSync('/lib/systemd/systemd')
      ? 'there is no systemd here'
      : isWholeMachine(readFileSync('/proc/self/uid_map', 'utf8'))
        ? false
        : 'a machine of its own needs root'

const document = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8')
/** Lines that the document gives a person to type. */
const documented = (begin: string): string => {
  const line = document.split('\n').find((one) => one.startsWith(`    ${begin}`))
  assert.ok(line !== undefined, begin)
  return line.trim()
}

const conduits = `
  - { id: judged, from: historian, to: plcs, service: modbus, allow: [read], on-failure: closed, reason: data, owner: line }`
const [daemon, load] = [`bulkhead-edge@${edgeName}`, `bulkhead-edge-load@${edgeName}`]

let machine: Machine
before(async () => {
  if (skip !== false) return
  machine = new Machine()
  await machine.boot()
  await machine.type(documented('install -m 644 packaging/sysusers.d'))
  await machine.type(documented('cp -r packaging/systemd/.'))
})
after(() => machine?.off())

const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (const limit = performance.now() + 60_000; !(await holds()); await sleep(200))
    assert.ok(performance.now() < limit, what)
}
const property = async (unit: string, name: string): Promise<string> =>
  (await machine.type(`systemctl show --property=${name} --value '${unit}'`)).trim()
const journal = (unit: string) => machine.type(`journalctl --no-pager --output=cat --unit='${unit}'`)
const state = async (): Promise<string> => {
  const { stdout } = await machine.do('bulkhead', 'edge', 'status', '--json')
  return /"state":"([a-z]+)"/.exec(stdout)?.[1] ?? stdout
}
/** `POLICY PID` of the watchdog and the inspectors. */
const judges = async (): Promise<string[]> =>
  (await machine.type('ps -eo cls=,pid=,args= | grep "/inspection/[wi]"'))
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).slice(0, 2).join(' '))

describe('under systemd', { skip }, () => {
  it('the manager starts as an unprivileged user, with its own database', async () => {
    machine.write('etc/bulkhead/manager.env', 'BULKHEAD_HOSTS="--host manager.plant.example"\n')
    await machine.type(documented('systemctl enable --now bulkhead-manager'))
    await until('it listens', async () => (await journal('bulkhead-manager')).includes('The manager listens'))
    assert.match(
      await machine.type('ps -o user:20= -p $(systemctl show -p MainPID --value bulkhead-manager)'),
      /^bulkhead-manager/,
    )
    await machine.type('systemctl disable --now bulkhead-manager')
  })

  it('an enrolled edge is up while it waits for its first policy, and has nothing to load', async () => {
    await machine.type('systemctl start bulkhead-manager')
    await until('it can be asked', async () => (await machine.do('bulkhead', 'manager', 'status')).code === 0)
    const added = await machine.type('bulkhead edges add dairy waiting')
    await machine.type(`bulkhead edge enrol ${/bhe_\S+/.exec(added)?.[0] ?? ''} --edge waiting`)
    const [, words = ''] = /(\[Service\]\n\s+ExecStart=\n\s+ExecStart=.*\n)/.exec(document) ?? []
    machine.write('etc/systemd/system/bulkhead-edge@waiting.service.d/override.conf', words.replaceAll(/^ +/gm, ''))
    await machine.type('systemctl daemon-reload; systemctl start bulkhead-edge@waiting')
    await machine.type('systemctl start bulkhead-edge-load@waiting')
    assert.match(await journal('bulkhead-edge-load@waiting'), /No policy was ever confirmed/)
    assert.match(await property('bulkhead-edge@waiting', 'StatusText'), /first one of the manager is awaited/)
    await machine.type("systemctl stop 'bulkhead-edge@*' 'bulkhead-edge-load@*' bulkhead-manager")
  })

  it('an edge starts with all its restrictions, and its inspectors have real time', async () => {
    machine.write(`etc/bulkhead/${edgeName}.yaml`, policyText({ conduits }))
    await machine.type(`systemctl enable '${load}' && systemctl enable --now '${daemon}'`)
    assert.equal(await state(), 'enforcing')
    await until('they judge', async () => (await judges()).length === 2)
    assert.ok((await judges()).every((one) => one.startsWith('RR ')))
  })

  it('a daemon that is killed or hangs is replaced, and its inspectors stay', async () => {
    const had = await judges()
    for (const signal of ['KILL', 'STOP']) {
      const pid = await property(daemon, 'MainPID')
      await machine.type(`kill -${signal} ${pid}`)
      await until(`another one after ${signal}`, async () => {
        const now = await property(daemon, 'MainPID')
        return now !== pid && now !== '0' && (await property(daemon, 'ActiveState')) === 'active'
      })
    }
    assert.deepEqual(await judges(), had)
    await machine.type(`systemctl stop '${daemon}'`)
    assert.deepEqual(await judges(), had)
    assert.match(await machine.type('nft list tables'), /bridge bulkhead/)
  })

  it('a machine that restarts has rules, bridge and inspectors of full worth before its daemon', async () => {
    await machine.off()
    await machine.boot()
    await until('the daemon runs', async () => (await property(daemon, 'ActiveState')) === 'active')
    assert.match(await journal(load), /confirmed last, is enforced as generation 1/)
    assert.match(await journal(daemon), /generation 1 is taken over/)
    const had = await judges()
    assert.ok(had.length === 2 && had.every((one) => one.startsWith('RR ')), had.join())
    // Whoever restarts everything of ours, as after an upgrade, ends no inspector and is not taken for an intruder.
    await machine.type(`systemctl restart '${load}'`)
    assert.match(await journal(load), /A daemon keeps the rules/)
    assert.deepEqual(await judges(), had)
    assert.ok(!(await journal(daemon)).includes('TAMPERED'))
  })
})
