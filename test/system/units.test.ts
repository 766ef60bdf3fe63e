import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createWholeProgram } from '#cli/program.ts'

const packaging = fileURLToPath(new URL('../../packaging/systemd/', import.meta.url))
const system = '/lib/systemd/system'
const daemon = 'bulkhead-edge@.service'
const load = 'bulkhead-edge-load@.service'
const decoys = '../decoys.conf'
const manager = 'bulkhead-manager.service'
const dropIn = 'nftables.service.d/bulkhead.conf'

/** `Key=value` lines of a unit file, in order. */
const settings = (file: string): (readonly [string, string])[] =>
  readFileSync(join(packaging, file), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const found = /^([A-Za-z]+)=(.*)$/.exec(line)
      return found === null ? [] : [[found[1]!, found[2]!] as const]
    })
const valuesOf = (file: string, key: string): string[] =>
  settings(file).flatMap(([name, value]) => (name === key ? [value] : []))
const words = (file: string, key: string): string[] => valuesOf(file, key).flatMap((value) => value.split(' '))

const rows: readonly { name: string; file: string; key: string; expect: readonly string[] }[] = [
  { name: 'the daemon is ready when it says so', file: daemon, key: 'Type', expect: ['notify'] },
  { name: 'the daemon is watched', file: daemon, key: 'WatchdogSec', expect: ['10'] },
  { name: 'the daemon always comes back', file: daemon, key: 'Restart', expect: ['always'] },
  { name: 'the daemon is never given up', file: daemon, key: 'StartLimitIntervalSec', expect: ['0'] },
  {
    name: 'stopping the daemon spares the process that rolls back at the deadline',
    file: daemon,
    key: 'KillMode',
    expect: ['process'],
  },
  {
    name: 'stopping one edge leaves the sockets of the others',
    file: daemon,
    key: 'RuntimeDirectoryPreserve',
    expect: ['yes'],
  },
  { name: 'nothing is run against the rules when the daemon stops', file: daemon, key: 'ExecStop', expect: [] },
  { name: 'nothing is run against the rules after the daemon stopped', file: daemon, key: 'ExecStopPost', expect: [] },
  { name: 'nothing is run against the rules when the loader stops', file: load, key: 'ExecStop', expect: [] },
  {
    name: 'the loader stays active, so that nothing starts it twice',
    file: load,
    key: 'RemainAfterExit',
    expect: ['yes'],
  },
  { name: 'the manager is never root', file: manager, key: 'User', expect: ['bulkhead-manager'] },
  { name: 'the manager has no capability', file: manager, key: 'CapabilityBoundingSet', expect: [''] },
  { name: 'the manager keeps its state to itself', file: manager, key: 'StateDirectoryMode', expect: ['0700'] },
  { name: 'the manager ends its database itself', file: manager, key: 'KillMode', expect: ['mixed'] },
  {
    name: 'the drop-in takes the flush at stop away and sets nothing else',
    file: dropIn,
    key: 'ExecStop',
    expect: [''],
  },
]

/** What the watchdog and the inspectors get from whichever unit starts them: they outlive it. */
const inherited = [
  'KillMode',
  'OOMScoreAdjust',
  'EnvironmentFile',
  'RestrictRealtime',
  'LimitNOFILE',
  'LimitCORE',
] as const

describe('the systemd units', () => {
  for (const { name, file, key, expect } of rows) it(name, () => assert.deepEqual(valuesOf(file, key), expect))

  it('load the rules before the network and after anything that flushes', () => {
    assert.ok(words(load, 'Before').includes('network-pre.target'))
    assert.ok(words(load, 'After').includes('nftables.service'))
    assert.deepEqual(valuesOf(load, 'DefaultDependencies'), ['no'])
    assert.ok(words(daemon, 'After').includes(load.replace('@', '@%i')))
  })

  it('give inspectors that are started at boot what the daemon would give them', () => {
    for (const key of inherited) assert.deepEqual(valuesOf(load, key), valuesOf(daemon, key), key)
    for (const one of ['CAP_NET_ADMIN', 'CAP_NET_RAW', 'CAP_SYS_NICE'])
      assert.ok(words(load, 'CapabilityBoundingSet').includes(one), one)
  })

  it('give up no more than the load at boot, which the daemon repeats', () => {
    assert.deepEqual(valuesOf(load, 'StartLimitBurst'), ['30'])
    assert.ok(Number(valuesOf(load, 'StartLimitIntervalSec')[0]) > 30 * Number(valuesOf(load, 'RestartSec')[0]))
  })

  it('let the command be a checkout in a home directory, and the manager ask for its addresses', () => {
    for (const file of [daemon, load]) assert.deepEqual(valuesOf(file, 'ProtectHome'), ['read-only'])
    // Node lists the addresses it listens at over netlink.
    for (const file of [daemon, load, manager])
      assert.ok(words(file, 'RestrictAddressFamilies').includes('AF_NETLINK'), file)
  })

  it('are a folder that can be copied whole: what is for some edges alone is not in it', () => {
    assert.deepEqual(readdirSync(packaging).toSorted(), [load, daemon, manager, dirname(dropIn)].toSorted())
  })

  it('give an edge with decoys what they need beyond the others, and take nothing away', () => {
    assert.ok(
      words(decoys, 'CapabilityBoundingSet').every((one) => !words(daemon, 'CapabilityBoundingSet').includes(one)),
    )
    // An empty value would begin these lists anew; a first `~` would turn the filter round.
    for (const [key, value] of settings(decoys)) assert.match(value, /^[^~]/, key)
    assert.ok(words(decoys, 'SystemCallFilter').includes('@mount'))
    assert.ok(words(decoys, 'RestrictNamespaces').includes('mnt'))
    assert.ok(words(daemon, 'RestrictNamespaces').includes('net'))
    assert.deepEqual(valuesOf(decoys, 'TemporaryFileSystem'), ['/run/netns'])
  })

  it('give each link of the manager memory that only what it touches costs', () => {
    assert.ok(valuesOf(manager, 'Environment').includes('MALLOC_MMAP_THRESHOLD_=8192'))
  })

  it('leave the sysctls and the compiler to the daemon', () => {
    for (const file of [daemon, load])
      for (const key of ['ProtectKernelTunables', 'MemoryDenyWriteExecute', 'PrivateNetwork'])
        assert.deepEqual(valuesOf(file, key), [])
  })

  it('call commands that exist, with options that exist', async () => {
    const groups = (await createWholeProgram()).commands
    for (const file of [daemon, load, manager]) {
      const [line] = valuesOf(file, 'ExecStart')
      const [path, group, name, ...rest] = line!.split(' ')
      // Looked for in /usr/local/bin and /usr/bin.
      assert.equal(path, 'bulkhead')
      const command = groups
        .find((candidate) => candidate.name() === group)
        ?.commands.find((candidate) => candidate.name() === name)
      assert.ok(command !== undefined, `${file}: ${name}`)
      const known = command.options.map(({ long }) => long)
      for (const word of rest.filter((candidate) => candidate.startsWith('--')))
        assert.ok(known.includes(word), `${file}: ${word}`)
    }
  })
})

const ready = (): boolean => spawnSync('systemd-analyze', ['--version']).status === 0 && existsSync(system)

describe('systemd', () => {
  const root = mkdtempSync(join(tmpdir(), 'units-'))
  after(() => rmSync(root, { recursive: true, force: true }))

  const verify = (...units: readonly string[]): string => {
    const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', `--root=${root}`, '--man=no', ...units])
    return `${stdout.toString()}${stderr.toString()}`
  }
  const place = (): void => {
    const folder = join(root, 'usr/lib/systemd/system')
    mkdirSync(folder, { recursive: true })
    cpSync(system, folder, {
      recursive: true,
      filter: (path) => !path.includes('bulkhead') && !path.endsWith('.wants'),
    })
    cpSync(packaging, folder, { recursive: true })
    const dropped = join(folder, `${daemon}.d`)
    mkdirSync(dropped, { recursive: true })
    cpSync(join(packaging, decoys), join(dropped, 'decoys.conf'))
    for (const command of ['usr/bin/bulkhead', 'usr/sbin/nft', 'usr/sbin/modprobe', 'sbin/modprobe']) {
      const path = join(root, command)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, '#!/bin/sh\n')
      chmodSync(path, 0o755)
    }
  }

  it('has no complaint about the units of an edge', (test) => {
    if (!ready()) return test.skip('there is no systemd here')
    place()
    assert.equal(verify('bulkhead-edge@cell-1.service', 'bulkhead-edge-load@cell-1.service'), '')
    // The same look finds a mistake: an empty answer means something.
    writeFileSync(
      join(root, 'usr/lib/systemd/system/bulkhead-edge-load@.service'),
      '[Service]\nExecStrat=/usr/bin/bulkhead\n',
    )
    assert.match(verify('bulkhead-edge-load@cell-1.service'), /ExecStrat/)
  })

  it('has no complaint about the unit of the manager', (test) => {
    if (!ready()) return test.skip('there is no systemd here')
    place()
    assert.equal(verify(manager), '')
  })

  it('has no complaint about nftables.service with the drop-in, which flushes at stop without it', (test) => {
    const unit = join(system, 'nftables.service')
    if (!ready() || !existsSync(unit)) return test.skip('there is no nftables.service here')
    place()
    assert.equal(verify('nftables.service'), '')
    assert.match(readFileSync(unit, 'utf8'), /^ExecStop=.*flush ruleset$/m)
  })
})
