/** A policy's way through a running edge: its windows, its modes, being applied, confirmed and rolled back, and its figures. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  ack,
  Cell,
  edgeName,
  hosts,
  policyText,
  soonEnough,
  tcpFrame,
  udpFrame,
  until,
  type Sections,
} from './orders/cell.ts'
import type { Event } from '#schema/event.ts'
import { given } from '../fixtures/given.ts'
import { clockAhead, india, midnight } from './orders/clock.ts'

let cell: Cell
const knock = (from: 'ews' | 'historian' | 'laptop', port: number, to: 'plc' | 'drive' = 'plc') =>
  tcpFrame({ from, to }, port)
const passes = (from: 'ews' | 'historian' | 'laptop', port: number, to: 'plc' | 'drive' = 'plc') =>
  cell.passes(from, to, knock(from, port, to))
const zone = async (name = 'cell') => (await cell.status()).zones.find((row) => row.name === name)
const count = async (counter: string) => (await cell.status()).counters[counter]?.packets ?? 0
const file = (sections: Sections, name = 'next'): string => {
  const path = `${cell.daemon.state}/${name}.yaml`
  writeFileSync(path, policyText(sections))
  return path
}
/** Enforces and keeps a policy. */
const keep = async (sections: Sections): Promise<void> => {
  await cell.daemon.call('apply', { ...given(file(sections)), by: 'test' })
  await cell.daemon.call('confirm', { by: 'test', force: true })
}

/** Processes here that run a file. */
const processesOf = (name: string): number[] =>
  readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
          .split('\0')
          .some((word) => word.endsWith(`/${name}`))
      } catch {
        return false
      }
    })
    .map(Number)

describe('a time window', () => {
  const first = midnight()
  const second = midnight(1)
  const shiftTo = (at: number) => clockAhead(at - Date.now())
  const policy = policyText({
    timezone: india.timezone,
    groups: `  evening: { times: [{ from: '23:00', to: '24:00' }] }
  morning: { times: [{ from: '00:00', to: '01:00' }] }`,
    conduits: `  - { id: late, from: ews, to: plc, service: tcp/102, when: evening, reason: x, owner: line }
  - { id: early, from: ews, to: plc, service: tcp/103, when: morning, reason: x, owner: line }
  - { id: early-history, from: historian, to: plc, service: tcp/104, when: morning, reason: x, owner: line }
  - { id: contract, from: ews, to: plc, service: tcp/105, expires: ${first.day}, reason: x, owner: line }`,
    sensors: '  - { id: hours, counts: off-hours }',
    responses: '  - { zone: cell, event: off-hours, known: contain 1m, agreed-by: [security, operations] }',
  })
  const release = () => cell.daemon.call('release', { ip: hosts.ews.ip4, reason: 'x', by: 'test' })
  /** Knocks until it is let in; who knocks too early is contained, and released. */
  const opens = (port: number) =>
    until(`tcp/${port} opens`, 15_000, async () => {
      if (await passes('ews', port)) return true
      await release()
      return false
    })
  /** Lets in until the window's end, and no longer: an answer that comes after it says nothing about before. */
  const closesAtItsEnd = async (port: number) => {
    await sleep(strikes - Date.now() - 400)
    const open = await passes('ews', port)
    assert.ok(open || Date.now() >= strikes, 'open to its end')
    await until('it closes', 30_000, async () => !(await passes('ews', port)))
  }
  /** Real time at which the daemon's midnight is. */
  let strikes = 0
  before(async () => {
    await soonEnough([6, 20, 60], async (seconds) => {
      strikes = Date.now() + seconds * 1000
      cell = await Cell.start('windows', policy, { env: shiftTo(first.at - seconds * 1000) })
      // For the two tests before it strikes.
      if (strikes - Date.now() > 3000) return true
      await cell.close()
      return false
    })
  })
  after(() => cell.close())

  it('is what the wall clock of the site says', async () => {
    assert.deepEqual(
      [await passes('ews', 102), await passes('ews', 105)],
      [true, true],
      'open in the evening, and on the last day',
    )
    const rows = new Map((await cell.status()).conduits.map((row) => [row.id, row]))
    assert.deepEqual(
      ['late', 'early', 'contract'].map((id) => [rows.get(id)?.open, rows.get(id)?.until]),
      [true, false, true].map((open) => [open, new Date(first.at).toISOString()]),
    )
  })

  it('that is closed denies, tells which conduit was used, and gets what was agreed', async () => {
    assert.equal(await passes('historian', 22), false)
    assert.equal(await passes('historian', 104), false)
    const [event] = await cell.events({ kind: ['off-hours'] })
    assert.deepEqual(
      [event?.conduit, event?.reason, event?.source?.asset, event?.port],
      ['early-history', 'window-closed', 'historian', 104],
    )
    assert.equal(await count('s-hours'), 1)
    const { containments } = await cell.status()
    assert.deepEqual(
      containments.map(({ kind, ip }) => [kind, ip]),
      [['known', hosts.historian.ip4]],
    )
    const [denial] = await cell.daemon.events({ kind: ['denial'], source: hosts.historian.ip4 })
    assert.deepEqual([denial?.port, denial?.reason], [22, 'out-of-scope'])
    await cell.daemon.call('release', { ip: hosts.historian.ip4, reason: 'x', by: 'test' })
  })

  it('closes with its minute, the last day with its midnight, and the next one opens', async () => {
    assert.ok(Date.now() < strikes - 500, 'the tests before took too long')
    await closesAtItsEnd(102)
    assert.equal(await passes('ews', 105), false)
    // Whoever knocks too early is contained: that it is open is asked, not tried.
    await cell.events({ kind: ['window-open'] })
    assert.ok(Date.now() - strikes < 30_000)
    assert.equal(await passes('historian', 104), true)
    const events = await cell.events({ kind: ['window-open', 'window-close'] }, 3)
    assert.deepEqual(events.map(({ kind, text }) => `${kind} ${/"([^"]*)"/.exec(text)?.[1]}`).toSorted(), [
      `window-close always~${first.day}`,
      'window-close evening',
      'window-open morning',
    ])
    const { verdict, text } = await cell.daemon.call('explain', { from: 'ews', to: 'plc', service: 'tcp/102' })
    assert.equal(verdict, 'deny')
    assert.match(text, /late/)
    await release()
  })

  it('closes with the daemon dead, and opens when one is there again', async () => {
    let env: NodeJS.ProcessEnv = {}
    // A night later each time: a clock that goes back is not believed.
    let nights = 0
    await soonEnough([4.5, 15, 60], async (seconds) => {
      strikes = Date.now() + seconds * 1000
      env = shiftTo(second.at + nights++ * 86_400_000 - seconds * 1000)
      await cell.restart('SIGTERM', { env })
      while (!(await passes('ews', 102))) {
        if (strikes - Date.now() < 1000) return false
        await release()
      }
      return strikes - Date.now() > 1000
    })
    await cell.daemon.kill('SIGKILL')
    await closesAtItsEnd(102)
    assert.equal(await passes('ews', 103), false, 'nobody opens it')
    // Knocking off hours has contained it, by the kernel alone.
    await cell.restart('SIGKILL', { env })
    await release()
    await opens(103)
  })
})

/** What makes two events tell of one conversation. */
const talkOf = ({ kind, source, destination, protocol, port }: Event): string =>
  [kind, source?.ip, destination?.ip, protocol, port].join(' ')

describe('the mode of a zone', () => {
  const more = {
    conduits: `  - { id: anybody, from: any, to: drive, service: tcp/4840, reason: time, owner: line }
  - { id: watched, from: historian, to: drive, service: tcp/80, mode: observe, reason: trial, owner: line }`,
  }
  const modes = (mode: string): Sections => ({ ...more, modes: { cell: mode, supervisory: 'observe' } })
  /** Three knocks of a stranger and three of an asset, then what everybody may: what arrived. */
  const traffic = async (turn: number) => {
    // Conversations of their own: what goes on is told once a minute only.
    const port = 1000 + turn
    const arrived = { stranger: 0, known: 0, permitted: 0, forged: 0 }
    for (let again = 0; again < 3; again++) {
      if (await passes('laptop', port)) arrived.stranger++
      if (await passes('ews', port)) arrived.known++
    }
    for (let again = 0; again < 2; again++) if (await passes('laptop', 4840, 'drive')) arrived.permitted++
    const forged = tcpFrame({ from: 'laptop', to: 'plc', ip: hosts.hmi.ip4 }, port)
    if (await cell.passes('laptop', 'plc', forged)) arrived.forged++
    return arrived
  }
  const figures = async () => {
    const row = await zone()
    return {
      observed: row?.observed ?? 0,
      'would-deny': row?.['would-deny'] ?? 0,
      denied: row?.denied ?? 0,
      cascade: await count('z-all-cascade'),
      spoof: await count('spoof'),
      'would-spoof': await count('would-spoof'),
      contained: await count('contained'),
    }
  }
  const grown = async (work: () => Promise<unknown>) => {
    const start = await figures()
    await work()
    const now = await figures()
    return Object.fromEntries(
      Object.entries(now).flatMap(([name, value]) => {
        const old = Object.entries(start).find(([key]) => key === name)?.[1] ?? 0
        return value === old ? [] : [[name, value - old]]
      }),
    )
  }
  before(async () => {
    cell = await Cell.start('modes', policyText(modes('observe')))
  })
  after(() => cell.close())

  const all = { stranger: 3, known: 3, permitted: 2, forged: 1 }
  const rows = [
    { mode: 'observe', arrived: all, counted: { observed: 6, 'would-spoof': 1 }, events: ['spoof'] },
    {
      mode: 'shadow',
      arrived: all,
      // Of the stranger, two more knocks and both permitted packets would have been lost by its containment.
      counted: { 'would-deny': 6, cascade: 4, 'would-spoof': 1 },
      events: ['mode-change', 'spoof', 'would-deny', 'would-deny'],
    },
    {
      mode: 'enforce',
      arrived: { ...all, stranger: 0, known: 0, forged: 0 },
      counted: { denied: 6, spoof: 1 },
      events: ['denial', 'denial', 'mode-change', 'spoof'],
    },
    {
      mode: 'contain',
      arrived: { stranger: 0, known: 0, permitted: 0, forged: 0 },
      counted: { denied: 4, spoof: 1, contained: 4 },
      events: ['containment', 'denial', 'denial', 'mode-change', 'spoof'],
    },
  ] as const
  for (const [turn, { mode, arrived, counted, events }] of rows.entries())
    it(`${mode}: counts exactly what ${mode === 'enforce' || mode === 'contain' ? 'it denies' : 'passes'}`, async () => {
      const since = new Date().toISOString()
      await sleep(2)
      if (mode !== 'observe') await keep(modes(mode))
      let seen: unknown
      assert.deepEqual(await grown(async () => (seen = await traffic(turn))), counted)
      assert.deepEqual(seen, arrived)
      const of = ['mode-change', 'denial', 'would-deny', 'spoof', 'containment'] as const
      // In a slow moment the packets of one conversation are told by several events, whose counts still add up.
      let told: Event[] = []
      const talks = () => [...new Map(told.map((event) => [talkOf(event), event.kind])).values()]
      await until('all of it is told', 30_000, async () => {
        told = await cell.daemon.events({ since, kind: [...of] })
        return talks().length >= events.length
      })
      assert.deepEqual(talks().toSorted(), events)
      const toldOf = (kind: string) => told.reduce((sum, event) => (event.kind === kind ? sum + event.count : sum), 0)
      const most: Readonly<Record<string, number>> = counted
      for (const [kind, counter] of [
        ['denial', 'denied'],
        ['would-deny', 'would-deny'],
      ] as const)
        assert.ok(toldOf(kind) <= (most[counter] ?? 0), `${toldOf(kind)} packets told as ${kind}`)
      const [edge] = (await cell.status()).zones
      assert.equal(edge?.mode, mode)
      const text = await cell.world.exec('edge', 'nft', ['-t', 'list', 'ruleset'])
      const acts = /(?<![-\w])(drop|queue|dnat|snat|notrack)(?![-\w])/.test(text.stdout)
      assert.equal(acts, mode === 'enforce' || mode === 'contain')
    })

  it('may be another one between the ends of a conduit', async () => {
    const start = await zone()
    assert.equal(await passes('historian', 81, 'drive'), true)
    assert.equal(await passes('ews', 81, 'drive'), false)
    const now = await zone()
    assert.deepEqual([(now?.observed ?? 0) - (start?.observed ?? 0), (now?.denied ?? 0) - (start?.denied ?? 0)], [1, 1])
    assert.deepEqual(
      (await cell.status()).conduits.find(({ id }) => id === 'watched')?.hits,
      { packets: 0, bytes: 0 },
      'that is not the conduit',
    )
  })
})

describe('a policy', () => {
  const second = `  - { id: record, from: historian, to: plc, service: modbus, reason: history, owner: line }
  - { id: program, from: ews, to: plc, service: tcp/102, reason: work, owner: line }`
  const third = `  - { id: program, from: ews, to: plc, service: tcp/102, reason: work, owner: line }`
  const ofHmi = () => cell.passes('hmi', 'plc', tcpFrame({ from: 'hmi', to: 'plc' }, 502))
  const digest = async () => (await cell.status()).plan.digest
  before(async () => {
    cell = await Cell.start('apply', policyText())
  })
  after(() => cell.close())

  it('is compared first, and nothing else, with --dry-run', async () => {
    const { plan } = await cell.status()
    const text = await cell.edge('apply', file({ conduits: third }), '--dry-run')
    assert.match(text, /ews to plc: tcp\/102 by program/)
    assert.match(text, /historian to plc: modbus by record/)
    assert.match(text, /Nothing was applied/)
    assert.deepEqual((await cell.status()).plan, plan)
    assert.equal(await passes('ews', 102), false)
  })

  it('is enforced at once, and goes away by its deadline unless confirmed', async () => {
    const original = await digest()
    const text = await cell.edge('apply', file({ conduits: second }), '--yes', '--confirm-within', '4s')
    assert.match(text, /ews to plc: tcp\/102 by program/)
    assert.equal(await passes('ews', 102), true)
    assert.equal((await cell.status()).state, 'pending')
    await until('it is rolled back', 30_000, async () => (await digest()) === original)
    assert.equal(await passes('ews', 102), false)
    const [event] = await cell.events({ kind: ['rollback'] })
    assert.equal(event?.by, 'deadline')
    assert.match(event?.text ?? '', /not confirmed in time/)
  })

  it('supersedes one that waits, with its deadline', async () => {
    const original = await digest()
    await cell.edge('apply', file({ conduits: third }), '--yes', '--confirm-within', '5s')
    await cell.edge('apply', file({ conduits: second }), '--yes', '--confirm-within', '60s')
    await sleep(5500)
    assert.deepEqual([await passes('ews', 102), await passes('historian', 502)], [true, true])
    assert.equal((await cell.status()).plan.confirmed, false)
    await cell.edge('rollback')
    assert.equal(await digest(), original, 'the last confirmed one, not the one between')
    assert.equal(await passes('ews', 102), false)
    const { code, stderr } = await cell.tried('rollback')
    assert.notEqual(code, 0)
    assert.match(stderr, /nothing to roll back/)
  })

  it('goes away by its deadline also when somebody ends the process that waits for it', async () => {
    const original = await digest()
    const waiting = () => processesOf('deadline.ts')
    await cell.daemon.call('apply', { ...given(file({ conduits: second })), confirm: '6s', by: 'test' })
    await until('it waits', 30_000, () => waiting().length > 0)
    for (const pid of waiting()) process.kill(pid, 'SIGKILL')
    await until('it is rolled back', 30_000, async () => (await digest()) === original)
  })

  it('that takes the place of another just at its deadline keeps its own', async () => {
    await cell.daemon.call('apply', { ...given(file({ conduits: third })), confirm: '4s', by: 'test' })
    const deadline = Date.parse((await cell.status()).plan.deadline ?? '')
    // What was asked of a daemon that is busy for a moment is carried out in turn: the next policy, then the first one's rollback.
    await sleep(deadline - Date.now() - 300)
    process.kill(cell.daemon.pid, 'SIGSTOP')
    const next = cell.daemon.call('apply', {
      ...given(file({ conduits: second }, 'other')),
      confirm: '60s',
      by: 'test',
    })
    await sleep(1300)
    process.kill(cell.daemon.pid, 'SIGCONT')
    const { digest: asked } = await next
    await sleep(1000)
    const { plan } = await cell.status()
    assert.deepEqual([plan.digest, plan.confirmed], [asked, false])
    await cell.edge('rollback')
  })

  it('that the kernel refuses changes nothing, and what waited goes on waiting', async () => {
    const nft = (...words: readonly string[]) => cell.world.exec('edge', 'nft', words)
    const refused = async () => {
      // Somebody holds a chain that the flip takes away.
      await nft(
        'add chain bridge bulkhead deceive; add chain bridge bulkhead theirs; add rule bridge bulkhead theirs jump deceive',
      )
      const result = await cell.tried('apply', file({ conduits: third }, 'refused'), '--yes')
      await nft('delete chain bridge bulkhead theirs; delete chain bridge bulkhead deceive')
      assert.notEqual(result.code, 0)
      assert.match(result.stderr, /The kernel refused/)
    }
    const { plan } = await cell.status()
    await refused()
    const now = (await cell.status()).plan
    assert.deepEqual([now.digest, now.confirmed], [plan.digest, true])
    assert.deepEqual([await passes('ews', 102), await passes('historian', 502)], [false, true])
    await cell.edge('apply', file({ conduits: second }), '--yes', '--confirm-within', '8s')
    const waiting = (await cell.status()).plan
    await refused()
    assert.deepEqual((await cell.status()).plan, { ...waiting, generation: (await cell.status()).plan.generation })
    assert.deepEqual([await passes('ews', 102), await passes('historian', 502)], [true, true])
    await until('its own deadline', 30_000, async () => (await digest()) === plan.digest)
    assert.equal(await passes('ews', 102), false)
  })

  it('is not confirmed while an essential conduit that had traffic has none, unless forced', async () => {
    assert.equal(await ofHmi(), true)
    await cell.daemon.call('apply', { ...given(file({ conduits: second })), by: 'test' })
    const { code, stderr } = await cell.tried('confirm')
    assert.notEqual(code, 0)
    assert.match(stderr, /Essential conduits that had traffic have none under this policy: operate/)
    assert.match(stderr, /--force/)
    assert.equal((await cell.status()).plan.confirmed, false)
    assert.equal(await ofHmi(), true)
    await cell.edge('confirm')
    assert.equal((await cell.status()).plan.confirmed, true)
    const without = file({ conduits: second })
    writeFileSync(
      without,
      policyText({ conduits: second }).replace(', essential: true', '').replace('id: operate', 'id: other'),
    )
    await cell.daemon.call('apply', { ...given(without), by: 'test' })
    assert.equal(await ofHmi(), true)
    assert.match((await cell.tried('confirm')).stderr, /operate/)
    await cell.edge('confirm', '--force')
    await keep({ conduits: second })
  })

  it('other than the file is an alarm from the next start on, until the file is confirmed', async () => {
    const alarms = async () => (await cell.status()).alarms.filter((text) => text.includes('confirmed last'))
    await keep({})
    await cell.daemon.call('apply', { ...given(file({ conduits: second })), by: 'test' })
    await cell.restart()
    assert.deepEqual(await alarms(), [], 'what only waits is not confirmed')
    assert.equal((await cell.status()).state, 'pending')
    await cell.edge('confirm', '--force')
    await cell.restart()
    assert.equal((await alarms()).length, 1)
    await cell.daemon.call('apply', { ...given(cell.daemon.policyFile), by: 'test' })
    assert.equal((await alarms()).length, 1, 'it is not confirmed yet')
    await cell.edge('confirm', '--force')
    assert.deepEqual(await alarms(), [])
  })
})

describe('figures', () => {
  const denies = '  - { id: no-telnet, from: any, to: cell, service: tcp/23, reason: clear text }'
  before(async () => {
    cell = await Cell.start('figures', policyText({ denies }))
  })
  after(() => cell.close())
  const conduit = async (id: string) => (await cell.status()).conduits.find((row) => row.id === id)?.hits

  it('of a conduit are exact in both directions, with its last use, over restarts and other policies', async () => {
    assert.deepEqual(await conduit('operate'), { packets: 0, bytes: 0 })
    const there = tcpFrame({ from: 'hmi', to: 'plc' }, 502)
    const back = tcpFrame({ from: 'plc', to: 'hmi' }, 40_000, { sport: 502, flags: ack })
    const use = async (calls: number, answers: number) => {
      for (let turn = 0; turn < calls; turn++) cell.world.send('hmi', there)
      for (let turn = 0; turn < answers; turn++) cell.world.send('plc', back)
      await until('all arrived', 30_000, () => cell.passes('hmi', 'plc', there))
      return calls + answers + 1
    }
    const start = Date.now()
    let sent = await use(37, 12)
    const first = await conduit('operate')
    const ipBytes = there.length - 14
    assert.deepEqual([first?.packets, first?.bytes], [sent, sent * ipBytes])
    const last = Date.parse(first?.last ?? '')
    assert.ok(last >= start - 1 && last <= Date.now(), `last use at ${first?.last}`)
    await cell.restart()
    sent += await use(5, 0)
    assert.equal((await conduit('operate'))?.packets, sent)
    await cell.daemon.kill('SIGKILL')
    sent += await use(8, 1)
    await cell.restart('SIGKILL')
    await keep({ denies, modes: { supervisory: 'enforce' } })
    sent += await use(2, 2)
    assert.deepEqual(await conduit('operate').then((hits) => [hits?.packets, hits?.bytes]), [sent, sent * ipBytes])
    assert.deepEqual(await conduit('record'), { packets: 0, bytes: 0 })
  })

  it('of a deny and of a zone are exact', async () => {
    for (let turn = 0; turn < 9; turn++) cell.world.send('ews', knock('ews', 23))
    for (let turn = 0; turn < 4; turn++) cell.world.send('ews', udpFrame({ from: 'ews', to: 'plc' }, 69))
    assert.equal(await passes('ews', 23), false)
    const { denies: rows, zones } = await cell.status()
    assert.deepEqual(
      rows.map(({ id, hits }) => [id, hits.packets]),
      [['no-telnet', 10]],
    )
    assert.equal(zones.find(({ name }) => name === 'cell')?.denied, 14)
  })

  it('and reasons are those of the running edge', async () => {
    const ask = async (from: string, service: string) => {
      const { verdict, reason } = await cell.daemon.call('explain', { from, to: 'plc', service })
      return [verdict, reason]
    }
    assert.deepEqual(await ask('historian', 'modbus'), ['permit', 'permitted'])
    assert.deepEqual(await ask('ews', 'tcp/23'), ['deny', 'denied'])
    assert.deepEqual(await ask('ews', 'tcp/22'), ['deny', 'out-of-scope'])
    assert.deepEqual(await ask(hosts.laptop.ip4, 'tcp/22'), ['contain', 'stranger-contained'])
    const by = 'test'
    await cell.daemon.call('permit', {
      from: hosts.ews.ip4,
      to: hosts.plc.ip4,
      service: 'tcp/22',
      for: '1m',
      reason: 'x',
      by,
    })
    await cell.daemon.call('contain', { ip: hosts.historian.ip4, reason: 'x', by })
    assert.deepEqual(await ask('ews', 'tcp/22'), ['permit', 'temporary'])
    assert.deepEqual(await ask('historian', 'modbus'), ['deny', 'contained'])
    assert.match(
      await cell.edge('explain', '--from', 'hmi', '--to', 'plc', '--service', 'modbus'),
      /permit[^]*conduit operate/,
    )
    const { edge } = await cell.status()
    assert.equal(edge, edgeName)
  })
})

describe('a conversation that goes on while the mode of its zone changes', () => {
  const modes = (mode: string): Sections => ({ modes: { cell: mode, supervisory: 'observe' } })
  before(async () => {
    cell = await Cell.start('going-on', policyText(modes('shadow')))
  })
  after(() => cell.close())

  it('is told as what it is by the mode that holds', async () => {
    const packetsOf = async (kind: 'denial' | 'would-deny') =>
      (await cell.daemon.events({ kind: [kind] }))
        .filter(({ port }) => port === 990)
        .reduce((sum, event) => sum + event.count, 0)
    for (let again = 0; again < 3; again++) assert.ok(await passes('ews', 990))
    await until('it is told as what would be denied', 30_000, async () => (await packetsOf('would-deny')) === 3)
    await keep(modes('enforce'))
    for (let again = 0; again < 4; again++) assert.ok(!(await passes('ews', 990)))
    await until('it is told as denied', 30_000, async () => (await packetsOf('denial')) === 4)
    assert.equal(await packetsOf('would-deny'), 3)
  })
})
