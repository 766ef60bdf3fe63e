/** Orders at a running edge whose disk is full: they hold at once, are written down when there is room, and outlive a restart from then on. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { storePath } from '#edge/context.ts'
import { Cell, hosts, policyText, tcpFrame, until } from './orders/cell.ts'

const at = `/run/orders-${process.pid}`
const filler = `${at}/filler`
const by = 'test'
const reason = 'x'
let cell: Cell

const fill = (): void => {
  rmSync(`${storePath(at)}.reserve`, { force: true })
  execFileSync('sh', ['-c', `cat /dev/zero >${filler} 2>/dev/null; true`])
}
let serial = 0
/** Until the disk takes nothing: what the log has room for already is used up first. */
const useUp = async (): Promise<void> => {
  const more = { ip: '198.18.1.40', for: '1h', by }
  await until('the disk takes nothing', 60_000, async () => {
    fill()
    const { text } = await cell.daemon.call('contain', { ...more, reason: `${serial++} ${'x'.repeat(400)}` })
    return text.includes('not stored')
  })
}
const alarms = async () => (await cell.status()).alarms.filter((text) => text.startsWith('No space left'))
const free = async (): Promise<void> => {
  rmSync(filler, { force: true })
  await until('everything is written down', 30_000, async () => (await alarms()).length === 0)
}

before(async () => {
  mkdirSync(at, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=700', 'tmpfs', at])
  cell = await Cell.start('full', policyText(), { state: at })
})
after(async () => {
  rmSync(filler, { force: true })
  await cell.close()
})

const record = () => tcpFrame({ from: 'historian', to: 'plc' }, 502)
const recorded = () => cell.passes('historian', 'plc', record())
const operated = () => cell.passes('hmi', 'plc', tcpFrame({ from: 'hmi', to: 'plc' }, 502))
const maintained = () => cell.passes('ews', 'plc', tcpFrame({ from: 'ews', to: 'plc' }, 22))
const isIsland = async () => (await cell.status()).zones.find(({ name }) => name === 'cell')?.island
const told = async (kind: 'isolate' | 'rejoin' | 'revoke' | 'replace-asset' | 'qualify') =>
  (await cell.daemon.events({ kind: [kind] })).length

describe('on a full disk', () => {
  it('a zone is isolated, the answer says what a restart would do, and that is over when there is room', async () => {
    assert.equal(await recorded(), true)
    await useUp()
    const said = await cell.edge('isolate', 'cell', '--reason', 'ransomware')
    assert.match(said, /not stored.*No space left/)
    assert.match(said, /restarts before then, zone cell is connected again/)
    assert.deepEqual([await recorded(), await operated(), await isIsland()], [false, true, true])
    assert.match((await alarms()).join(), /in force and not written down/)
    const twice = await cell.tried('isolate', 'cell')
    assert.match(twice.stderr, /isolated already/)
    const done = Date.now()
    assert.equal(await told('isolate'), 0)
    await free()
    const [event, ...others] = await cell.daemon.events({ kind: ['isolate'] })
    assert.equal(others.length, 0)
    assert.ok(Math.abs(Date.parse(event?.first ?? '') - done) < 5000)
    await cell.restart('SIGKILL')
    assert.deepEqual([await recorded(), await operated(), await isIsland()], [false, true, true])
  })

  it('a zone rejoins, and that outlives a restart', async () => {
    await useUp()
    const { warnings } = await cell.daemon.call('rejoin', { zone: 'cell', by })
    assert.match(warnings.join(), /zone cell is cut off again/)
    assert.deepEqual([await recorded(), await isIsland()], [true, false])
    await free()
    assert.equal(await told('rejoin'), 1)
    await cell.restart('SIGKILL')
    assert.deepEqual([await recorded(), await isIsland()], [true, false])
  })

  it('an isolation that is taken back before there is room leaves a connected zone', async () => {
    await useUp()
    await cell.daemon.call('isolate', { zone: 'cell', reason, by })
    await cell.daemon.call('rejoin', { zone: 'cell', by })
    assert.equal(await recorded(), true)
    await free()
    await cell.restart('SIGKILL')
    assert.deepEqual(
      [await recorded(), await isIsland(), await told('isolate'), await told('rejoin')],
      [true, false, 2, 2],
    )
  })

  it('a spare is accepted and qualified, and stays so', async () => {
    const spare = '02:00:00:00:02:aa'
    const frame = () => tcpFrame({ from: 'historian', to: 'plc', mac: spare }, 502)
    assert.equal(await cell.passes('historian', 'plc', frame()), false)
    await cell.daemon.call('release', { ip: hosts.historian.ip4, reason, by }).catch(() => undefined)
    await useUp()
    const { warnings } = await cell.daemon.call('replace-asset', { asset: 'historian', mac: spare, by })
    assert.match(warnings.join(), /the spare of historian is a stranger again/)
    assert.equal(await cell.passes('historian', 'plc', frame()), true)
    const qualified = await cell.daemon.call('qualify', { asset: 'plc', reason, by, undo: false })
    assert.match(qualified.warnings.join(), /plc is not qualified any more/)
    await free()
    await cell.restart('SIGKILL')
    assert.equal(await cell.passes('historian', 'plc', frame()), true)
    assert.deepEqual([await told('replace-asset'), await told('qualify')], [1, 1])
    await assert.rejects(cell.daemon.call('qualify', { asset: 'plc', reason, by, undo: false }), /qualified already/)
  })

  it('what was revoked or released does not come back, neither with the next change nor with a restart', async () => {
    const ends = { from: hosts.ews.ip4, to: hosts.plc.ip4 }
    const { id } = await cell.daemon.call('permit', { ...ends, service: 'tcp/22', for: '1h', reason, by })
    await cell.daemon.call('contain', { ip: '198.18.1.41', for: '1h', reason, by })
    assert.equal(await maintained(), true)
    await useUp()
    const isHeld = async () => (await cell.status()).containments.some(({ ip }) => ip === '198.18.1.41')
    const revoked = await cell.daemon.call('revoke', { id, by })
    assert.match(revoked.text, /not stored.*may bring it back/)
    const released = await cell.daemon.call('release', { ip: '198.18.1.41', reason, by })
    assert.match(released.text, /not stored.*may bring it back/)
    // Loads the rules, and puts into the kernel what the store has.
    await cell.daemon.call('qualify', { asset: 'drive', reason, by, undo: false })
    const isOver = async () =>
      assert.deepEqual([await maintained(), await cell.daemon.call('permits', {}), await isHeld()], [false, [], false])
    await isOver()
    await free()
    await cell.restart('SIGKILL')
    await isOver()
  })

  it('a permit gets its record when there is room, and is revoked by either id', async () => {
    await useUp()
    const ends = { from: hosts.ews.ip4, to: hosts.plc.ip4 }
    await cell.daemon.call('permit', { ...ends, service: 'tcp/22', for: '1h', reason: 'vendor', by })
    const [unstored] = await cell.daemon.call('permits', {})
    assert.match(unstored?.id ?? '', /^unstored/)
    await free()
    const [stored, ...others] = await cell.daemon.call('permits', {})
    assert.deepEqual([stored?.reason, stored?.by, others], ['vendor', by, []])
    assert.doesNotMatch(stored?.id ?? '', /^unstored/)
    await cell.daemon.call('revoke', { id: unstored?.id ?? '', by })
    assert.deepEqual([await maintained(), await cell.daemon.call('permits', {})], [false, []])
  })

  it('a permit that is given and revoked before there is room stays revoked', async () => {
    await useUp()
    const ends = { from: hosts.ews.ip4, to: hosts.plc.ip4 }
    await cell.daemon.call('permit', { ...ends, service: 'tcp/22', for: '1h', reason, by })
    const [unstored] = await cell.daemon.call('permits', {})
    await cell.daemon.call('revoke', { id: unstored?.id ?? '', by })
    await free()
    await cell.restart('SIGKILL')
    assert.deepEqual([await maintained(), await cell.daemon.call('permits', {})], [false, []])
  })

  it('a bypass gets its record when there is room, and its end too', async () => {
    await useUp()
    const begun = await cell.daemon.call('bypass', { for: '1h', reason: 'line 1 stopped', by: 'alice' })
    assert.match(begun.text, /not stored/)
    await free()
    await cell.restart('SIGKILL')
    const { bypass } = await cell.status()
    assert.deepEqual([bypass?.by, bypass?.reason], ['alice', 'line 1 stopped'])
    await useUp()
    await cell.daemon.call('bypass-end', { by })
    await free()
    await cell.restart('SIGKILL')
    const ends = await cell.daemon.events({ kind: ['bypass-end'] })
    assert.deepEqual([(await cell.status()).bypass, ends.map((one) => one.by)], [undefined, [by]])
  })
})
