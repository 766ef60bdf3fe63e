import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { after, beforeEach, suite, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Fault } from '#core/errors.ts'
import { createNamespace, deleteNamespace } from '#linux/namespace.ts'
import { elementsDigest, rulesetGeneration, timedElements } from '#linux/nft-objects.ts'
import { loadInChild, Nft } from '#linux/nftables.ts'

const elements = (count: number, from = 0): string => {
  const list = Array.from({ length: count }, (_, i) => from + i).map(
    (n) => `198.18.${(n >> 8) & 0xff}.${n & 0xff} . ${n >> 16}`,
  )
  return `add element inet big s { ${list.join(', ')} }`
}
const bigSet = 'add table inet big\nadd set inet big s { type ipv4_addr . inet_service ; }'

const count = (nft: Nft): number => {
  const result = nft.run('list set inet big s')
  return result.ok ? (result.value.match(/198\.18\./g)?.length ?? 0) : -1
}

suite('nftables in this process', () => {
  const nft = Nft.open()
  beforeEach(() => void nft.run('flush ruleset'))
  after(() => nft.close())

  test('one text is one transaction: a bad last line leaves nothing', () => {
    const result = nft.run('add table inet half\nadd chain inet half c\nadd rule inet nowhere c accept')
    assert.equal(result.ok ? '' : result.error.kind, 'missing')
    assert.deepEqual(nft.run('list tables'), { ok: true, value: '' })
  })

  test('an error names the line, the column and quotes the line', () => {
    const result = nft.run('add table inet x\nadd chain inet x fwd\n')
    assert.ok(!result.ok)
    const { kind, line, column, text, message } = result.error
    assert.deepEqual(
      { kind, line, column, text },
      { kind: 'syntax', line: 2, column: 18, text: 'add chain inet x fwd' },
    )
    assert.match(message, /unexpected fwd/)
  })

  test('what is closed changes nothing more, and writes to nobody who has its descriptor now', () => {
    const closed = Nft.open()
    nft.run(bigSet)
    const change = () => closed.change('inet', 'big', [{ set: 's', key: new Uint8Array(8), seconds: 9 }])
    change()
    closed.close()
    using other = Nft.open()
    other.change('inet', 'big', [])
    assert.throws(change, (error) => error instanceof Fault && error.code === 'internal')
  })

  test('a signal that comes meanwhile refuses nothing', async () => {
    let heard = 0
    const hear = () => void heard++
    const more = async (than: number) => {
      for (let n = 0; n < 500; n++) {
        if (heard > than) return
        await setTimeout(10)
      }
      assert.fail('no signal came')
    }
    process.on('SIGUSR2', hear)
    const flood = `const pause = new Int32Array(new SharedArrayBuffer(4))
      for (const end = Date.now() + 60_000; Date.now() < end; Atomics.wait(pause, 0, 0, 0.05)) process.kill(${process.pid}, 'SIGUSR2')`
    const child = execFile(process.execPath, ['-e', flood])
    try {
      await more(0)
      assert.ok(nft.run(bigSet).ok)
      for (let n = 0; n < 60; n++) {
        const result = nft.run(elements(1000, n * 1000))
        assert.deepEqual(result, { ok: true, value: '' }, `part ${n}`)
        // Those that waited come now.
        await more(heard)
      }
      assert.equal(count(nft), 60_000)
    } finally {
      child.kill('SIGKILL')
      await once(child, 'close')
      process.off('SIGUSR2', hear)
    }
  })

  test('an error in a run does not show in the next', () => {
    assert.equal(nft.run('nonsense').ok, false)
    assert.deepEqual(nft.run('add table inet fine'), { ok: true, value: '' })
    assert.deepEqual(nft.run('delete table inet fine'), { ok: true, value: '' })
  })

  test('a check changes nothing, and finds what the kernel would refuse', () => {
    assert.equal(nft.run('add table inet x', { check: true }).ok, true)
    assert.equal(nft.run('add rule inet nowhere c accept', { check: true }).ok, false)
    assert.deepEqual(nft.run('list tables'), { ok: true, value: '' })
  })

  test('a terse listing leaves the elements out, a plain one has them', () => {
    nft.run(`${bigSet}\n${elements(3)}`)
    const terse = nft.run('list table inet big', { terse: true })
    assert.ok(terse.ok && terse.value.includes('set s') && !terse.value.includes('198.18'))
    assert.equal(count(nft), 3)
  })

  test('handles are listed on request, and only then', () => {
    nft.run('add table bridge h')
    const handles = nft.run('list ruleset', { handles: true })
    assert.match(handles.ok ? handles.value : '', /table bridge h \{ # handle \d+/)
    assert.deepEqual(nft.run('list ruleset'), { ok: true, value: 'table bridge h {\n}\n' })
  })

  test('JSON output is parsed', () => {
    nft.run('add table inet j')
    const result = nft.json<{ nftables: { table?: { name: string } }[] }>('list tables')
    assert.deepEqual(result.ok && result.value.nftables.flatMap((row) => row.table?.name ?? []), ['j'])
  })

  test('a context stays in the namespace it was opened for', async () => {
    await createNamespace('nft-there')
    const there = Nft.open({ namespace: 'nft-there' })
    assert.equal(there.run('add table inet away').ok, true)
    assert.deepEqual(nft.run('list tables'), { ok: true, value: '' })
    assert.deepEqual(there.run('list tables'), { ok: true, value: 'table inet away\n' })
    there.close()
    await deleteNamespace('nft-there')
  })

  test('10,000 single additions to a set grow this process by less than 40 MiB', () => {
    nft.run(bigSet)
    const before = process.memoryUsage().rss
    for (let i = 0; i < 10_000; i++) nft.run(elements(1, i))
    const grown = (process.memoryUsage().rss - before) / (1 << 20)
    assert.equal(count(nft), 10_000)
    assert.ok(grown < 40, `${grown.toFixed(1)} MiB`)
  })

  test('a namespace that is not there is a Fault that says so', () =>
    assert.throws(
      () => Nft.open({ namespace: 'nowhere' }),
      (error) => error instanceof Fault && error.code === 'not-found',
    ))
})

suite('elements of sets', () => {
  const nft = Nft.open()
  const key = (n: number) => Uint8Array.of(198, 18, n >> 8, n & 0xff)
  const put = (seconds: number, ...numbers: readonly number[]) =>
    numbers.map((n) => ({ set: 's', key: key(n), seconds }))
  const held = () =>
    timedElements('inet', 'x', 's')
      .map(({ key: [, , high = 0, low = 0], expires }) => [(high << 8) | low, Math.round(expires)] as const)
      .toSorted(([a], [b]) => a - b)
  beforeEach(() => {
    nft.run('flush ruleset')
    const made = nft.run(
      'add table inet x\nadd set inet x s { type ipv4_addr; flags timeout; }\nadd set inet x few { type ipv4_addr; size 2; flags timeout; }',
    )
    assert.ok(made.ok)
  })
  after(() => nft.close())

  test('are what nft lists', () => {
    assert.ok(nft.change('inet', 'x', put(60, 1, 258)).ok)
    const listed = nft.run('list set inet x s')
    assert.ok(listed.ok)
    assert.match(listed.value, /198\.18\.0\.1 timeout 1m .*198\.18\.1\.2 timeout 1m/)
  })

  test('get a new time when they are put in again, and the last of two', () => {
    nft.change('inet', 'x', put(600, 1, 2))
    assert.ok(nft.change('inet', 'x', [...put(30, 2), ...put(900, 3), ...put(90, 3)]).ok)
    assert.deepEqual(held(), [
      [1, 600],
      [2, 30],
      [3, 90],
    ])
  })

  test('are taken out, whether they are there or not', () => {
    nft.change('inet', 'x', put(600, 1, 2))
    assert.ok(nft.change('inet', 'x', put(0, 2, 3)).ok)
    assert.deepEqual(held(), [[1, 600]])
  })

  test('are changed all or none', () => {
    const few = [4, 5, 6].map((n) => ({ set: 'few', key: key(n), seconds: 60 }))
    assert.deepEqual(nft.change('inet', 'x', [...put(60, 1), ...few]), { ok: false, error: 'a set is full (s, few)' })
    assert.deepEqual(held(), [])
    assert.ok(nft.change('inet', 'x', put(60, 1)).ok, 'an error does not show in the next change')
  })

  test('of a set that is not there are refused with a sentence', () => {
    const nowhere = [{ set: 'nowhere', key: key(1), seconds: 60 }]
    assert.deepEqual(nft.change('inet', 'x', nowhere), { ok: false, error: 'there is no such set (nowhere)' })
  })

  test('may be ten thousand at once', () => {
    const all = Array.from({ length: 10_000 }, (_, n) => n)
    const changed = nft.change('inet', 'x', put(60, ...all))
    // In a user namespace of its own the kernel's limit of a request holds.
    if (!changed.ok) assert.equal(changed.error, 'it is too much at once for this machine (s)')
    assert.equal(held().length, changed.ok ? 10_000 : 0)
  })

  test('that this process changes are no reason to look at the ruleset again, what anybody else does is', () => {
    using other = Nft.open()
    assert.equal(nft.isTrusted(), false, 'nobody has looked')
    nft.trust(rulesetGeneration())
    assert.ok(nft.isTrusted())
    nft.change('inet', 'x', [])
    nft.change('inet', 'x', put(60, 1, 2))
    nft.change('inet', 'x', put(0, 1, 7))
    nft.change('inet', 'x', [{ set: 'nowhere', key: key(1), seconds: 60 }])
    assert.ok(nft.isTrusted(), 'own changes, one that does nothing and one that is refused')
    other.change('inet', 'x', put(60, 3))
    assert.equal(nft.isTrusted(), false, 'a change of somebody else')
    nft.change('inet', 'x', put(60, 4))
    assert.equal(nft.isTrusted(), false, 'an own one after it')
    nft.trust(rulesetGeneration())
    nft.run('add chain inet x c')
    assert.equal(nft.isTrusted(), false, 'text may be anything')
  })

  test('are summed in parts, whatever their order, between which others have their turn', () => {
    const digest = (): { parts: number; sum: string } => {
      const parts = elementsDigest('inet', 'x', 'still')
      for (let read = 0; ; read++) {
        const { done, value } = parts.next()
        if (done === true) return { parts: read, sum: value }
        // Somebody else reads, in the middle.
        assert.equal(held().length, 0)
      }
    }
    const fill = (numbers: readonly number[]) => {
      const list = numbers.map((n) => `198.18.${n >> 8}.${n & 255}`).join(', ')
      nft.run(`flush set inet x still\nadd element inet x still { ${list} }`)
    }
    nft.run('add set inet x still { type ipv4_addr; }')
    const some = Array.from({ length: 3000 }, (_, n) => n)
    fill(some)
    const { parts, sum } = digest()
    assert.ok(parts > 1, `${parts} parts of 3,000 elements`)
    fill(some.toReversed())
    assert.equal(digest().sum, sum, 'another order')
    fill(some.with(1, 4000))
    assert.notEqual(digest().sum, sum, 'another element')
  })
})

suite('big loads in a child', () => {
  const nft = Nft.open()
  beforeEach(() => void nft.run('flush ruleset'))
  after(() => nft.close())

  test('20,000 elements arrive in chunks of 4,000, in order', async () => {
    const chunks = [bigSet, ...Array.from({ length: 5 }, (_, i) => elements(4000, i * 4000))]
    const seen: number[] = []
    assert.deepEqual(await loadInChild(chunks, { onChunk: (chunk) => seen.push(chunk) }), { ok: true, value: 6 })
    assert.deepEqual(seen, [0, 1, 2, 3, 4, 5])
    assert.equal(count(nft), 20_000)
  })

  test('a refused chunk is named with its error, those before it stay, those after it are not loaded', async () => {
    const result = await loadInChild([
      'add table inet one',
      'add table inet two\nadd rule inet two c accept',
      'add table inet three',
    ])
    assert.ok(!result.ok)
    assert.equal(result.error.chunk, 1)
    assert.equal(result.error.error.kind, 'missing')
    assert.equal(result.error.error.line, 2)
    assert.deepEqual(nft.run('list tables'), { ok: true, value: 'table inet one\n' })
  })

  test('an abort stops it between two chunks', async () => {
    const control = new AbortController()
    const endless = (async function* () {
      for (let i = 0; ; i++) {
        await setTimeout(1)
        yield `add table inet t${i % 10}`
      }
    })()
    const onChunk = (chunk: number) => chunk === 3 && control.abort()
    await assert.rejects(loadInChild(endless, { signal: control.signal, onChunk }), { name: 'AbortError' })
    const tables = nft.run('list tables')
    assert.match(tables.ok ? tables.value : '', /^(table inet t\d\n){4,10}$/)
  })

  test('no chunks are no error', async () => assert.deepEqual(await loadInChild([]), { ok: true, value: 0 }))

  test('in an unprivileged namespace 4,000 elements fit one transaction, 20,000 do not and say too-large', async () => {
    const script = `
      import { Nft } from '#linux/nftables.ts'
      const elements = (count) => 'add element inet big s { ' +
        Array.from({ length: count }, (_, n) => '198.18.' + (n >> 8) + '.' + (n & 255) + ' . 1').join(', ') + ' }'
      const nft = Nft.open()
      nft.run(${JSON.stringify(bigSet)})
      const [small, big] = [nft.run(elements(4000)), nft.run(elements(20_000))]
      console.log(JSON.stringify([small.ok, big.ok ? 'ok' : big.error.kind]))`
    const run = promisify(execFile)
    // A user namespace inside this one: no capability over the initial namespace, whoever started the test.
    const { stdout } = await run('unshare', ['-Urn', process.execPath, '--input-type=module-typescript', '-e', script])
    assert.deepEqual(JSON.parse(stdout), [true, 'too-large'])
  })

  test('without privilege it is a Fault that says what to do', async () => {
    const script = `
      import { Nft } from '#linux/nftables.ts'
      try { Nft.open().run('add table inet x') } catch (error) { console.log(error.code) }`
    const args = [
      '--bounding-set=-net_admin',
      '--inh-caps=-net_admin',
      process.execPath,
      '--input-type=module-typescript',
      '-e',
      script,
    ]
    const { stdout } = await promisify(execFile)('setpriv', args)
    assert.equal(stdout.trim(), 'privileges-missing')
  })
})
