import assert from 'node:assert/strict'
import { chmodSync, cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Fault } from '#core/errors.ts'
import { openStore } from '../store/open.ts'
import { hex } from '#sqlite/row.ts'
import { exportStore, verifyStore } from '../store/trail.ts'
import { canonical } from '#core/canonical.ts'
import { claimText, recordHash } from './chain.ts'
import { verifyLines } from './jsonl.ts'
import { existingKey, parsePublicKey, signingKey } from './key.ts'
import { type AuditReport, reportText } from './report.ts'

const root = mkdtempSync(join(tmpdir(), 'bulkhead-audit-'))
after(() => rmSync(root, { recursive: true, force: true }))
const at = Date.UTC(2026, 10, 21, 10)
let serial = 0

/** A store with 10 records: checkpoints over 3, 6 and 10, closed. */
const original = ((): string => {
  const folder = join(root, 'original')
  const store = openStore({ path: join(folder, 'edge.db'), now: () => at, reserveBytes: 0 })
  for (let n = 1; n <= 10; n++) {
    store.events.append({
      kind: 'containment',
      text: `contained number ${n}`,
      source: { ip: `198.18.1.${n}` },
      by: 'kernel',
    })
    store.events.append({ kind: 'denial' })
    if (n === 3 || n === 6) store.checkpoint()
  }
  store.close()
  return folder
})()

/** A copy of it. */
const trail = (): { readonly folder: string; readonly path: string } => {
  const folder = join(root, String(serial++))
  cpSync(original, folder, { recursive: true })
  return { folder, path: join(folder, 'edge.db') }
}

const alter = (path: string, ...sql: readonly string[]): void => {
  const database = new DatabaseSync(path)
  for (const statement of sql) database.exec(statement)
  database.close()
}

/** Rewrites the chain from record n on, as somebody would who can write the database but has no key. */
const rechain = (path: string, from: number): void => {
  const database = new DatabaseSync(path)
  const rows = database.prepare('SELECT seq, n, prev, hash, body FROM events WHERE n IS NOT NULL ORDER BY n').all()
  let prev = '0'.repeat(64)
  for (const row of rows) {
    let hash = hex(row, 'hash')
    if (Number(row['n']) >= from) {
      hash = recordHash(prev, Number(row['n']), String(row['body']))
      database
        .prepare('UPDATE events SET prev = ?, hash = ? WHERE seq = ?')
        .run(Buffer.from(prev, 'hex'), Buffer.from(hash, 'hex'), Number(row['seq']))
    }
    prev = hash
  }
  const last = rows.at(-1)
  database
    .prepare("UPDATE kv SET value = ? WHERE key = 'audit.head'")
    .run(JSON.stringify({ n: Number(last?.['n']), hash: prev }))
  database.close()
}

const kinds = (report: AuditReport) => ({
  integrity: [...new Set(report.integrity.findings.map(({ kind }) => kind))],
  completeness: [...new Set(report.completeness.findings.map(({ kind }) => kind))],
})
const check = (path: string, folder: string): AuditReport => {
  const key = existingKey(folder)
  return verifyStore(path, { now: at + 60_000, ...(key && { key }) })
}

const other = signingKey(mkdtempSync(join(root, 'other-')))

test('an untouched trail is whole in both respects', () => {
  const { path, folder } = trail()
  const report = check(path, folder)
  assert.deepEqual(kinds(report), { integrity: [], completeness: [] })
  // The first event of a store is signed at once, so there are four checkpoints.
  assert.deepEqual([report.records, report.checkpoints, report.unsigned, report.completeness.expected], [10, 4, 0, 10])
  assert.deepEqual(report.lastCheckpoint, { k: 4, n: 10, time: '2026-11-21T10:00:00.000Z', ageSeconds: 60 })
  assert.match(reportText(report), /INTEGRITY {5}ok.*\nCOMPLETENESS {2}ok/)
})

const retold = (n: number) => `UPDATE events SET body = replace(body, 'number ${n}', 'number 77') WHERE n = ${n}`
const cutTail = `DELETE FROM events WHERE n > 8`
const attacks: readonly {
  readonly name: string
  readonly attack: (path: string, folder: string) => void
  readonly integrity?: readonly string[]
  readonly completeness?: readonly string[]
  readonly says: RegExp
}[] = [
  {
    name: 'a changed text',
    attack: (path) => alter(path, retold(5)),
    integrity: ['record-altered'],
    says: /Record 5 does not give its own hash/,
  },
  {
    name: 'a changed text in the last record',
    attack: (path) => alter(path, retold(10)),
    integrity: ['record-altered'],
    says: /Record 10/,
  },
  {
    name: 'one flipped bit in a hash',
    attack: (path) => alter(path, "UPDATE events SET hash = cast(x'00' || substr(hash, 2) AS BLOB) WHERE n = 4"),
    integrity: ['record-altered', 'link-broken'],
    says: /Record 4/,
  },
  {
    name: 'one flipped bit in the hash of the record before',
    attack: (path) => alter(path, "UPDATE events SET prev = cast(x'00' || substr(prev, 2) AS BLOB) WHERE n = 4"),
    integrity: ['record-altered', 'link-broken'],
    says: /Record 4/,
  },
  {
    name: 'two records that changed places',
    attack: (path) =>
      alter(
        path,
        'UPDATE events SET n = -1 WHERE n = 4',
        'UPDATE events SET n = 4 WHERE n = 5',
        'UPDATE events SET n = 5 WHERE n = -1',
      ),
    integrity: ['record-altered', 'link-broken', 'record-moved'],
    says: /Record 5 is older than the record before it/,
  },
  {
    name: 'two texts that changed places, with the chain written anew behind them',
    attack: (path) => {
      alter(path, "UPDATE events SET body = (SELECT body FROM events WHERE n = 5) || ' ' WHERE n = 4")
      alter(path, 'UPDATE events SET body = trim(body) WHERE n = 4')
      rechain(path, 4)
    },
    integrity: ['record-moved', 'checkpoint-contradicted', 'index-altered'],
    says: /written anew/,
  },
  {
    name: 'a record taken out of the middle',
    attack: (path) => alter(path, 'DELETE FROM events WHERE n = 5'),
    completeness: ['records-missing'],
    says: /1 record missing: 5/,
  },
  {
    name: 'records taken out of the middle',
    attack: (path) => alter(path, 'DELETE FROM events WHERE n IN (4, 5, 7)'),
    completeness: ['records-missing'],
    says: /2 records missing: 4 to 5/,
  },
  {
    name: 'a record taken out and the rest renumbered and chained anew',
    attack: (path) => {
      alter(
        path,
        'DELETE FROM events WHERE n = 5',
        ...[6, 7, 8, 9, 10].map((n) => `UPDATE events SET n = ${n - 1} WHERE n = ${n}`),
      )
      rechain(path, 5)
    },
    integrity: ['checkpoint-contradicted'],
    completeness: ['tail-missing'],
    says: /Record 6 is not the one that checkpoint 3/,
  },
  {
    name: 'a tail cut off',
    attack: (path) => alter(path, cutTail),
    completeness: ['tail-missing'],
    says: /ends at record 8; .* knew of 10/,
  },
  {
    name: 'a tail cut off with the head moved back',
    attack: (path) => {
      alter(path, cutTail)
      rechain(path, 99)
    },
    completeness: ['tail-missing'],
    says: /checkpoint 4 and the witness file knew of 10/,
  },
  {
    name: 'a tail cut off with the head moved back and its checkpoint taken away',
    attack: (path) => {
      alter(path, cutTail, 'DELETE FROM checkpoints WHERE k = 4')
      rechain(path, 99)
    },
    completeness: ['tail-missing'],
    says: /the witness file knew of 10/,
  },
  {
    name: 'a tail cut off before it was signed',
    attack: (path, folder) => {
      alter(path, 'DELETE FROM checkpoints WHERE k = 4')
      rmSync(join(folder, 'audit.checkpoint'))
      alter(path, cutTail)
    },
    completeness: ['tail-missing'],
    says: /the head of the chain knew of 10/,
  },
  {
    name: 'a changed text with the chain written anew',
    attack: (path) => {
      alter(path, retold(5))
      rechain(path, 5)
    },
    integrity: ['checkpoint-contradicted'],
    says: /Record 6 is not the one that checkpoint 3 speaks of/,
  },
  {
    name: 'a forged checkpoint over a chain written anew',
    attack: (path) => {
      alter(path, retold(9))
      rechain(path, 9)
      const database = new DatabaseSync(path)
      const head: { hash: string } = JSON.parse(
        String(database.prepare("SELECT value FROM kv WHERE key = 'audit.head'").get()?.['value']),
      )
      const claim = JSON.parse(String(database.prepare('SELECT body FROM checkpoints WHERE k = 4').get()?.['body']))
      const forged = { ...claim, hash: head.hash }
      database
        .prepare('UPDATE checkpoints SET body = ? WHERE k = 4')
        .run(JSON.stringify({ ...forged, signature: other.sign(claimText(forged)) }))
      database.close()
    },
    integrity: ['checkpoint-forged', 'checkpoint-contradicted'],
    says: /Checkpoint 4 has a signature that is not valid/,
  },
  {
    name: 'a checkpoint signed with another key',
    attack: (path) => {
      const database = new DatabaseSync(path)
      const claim = JSON.parse(String(database.prepare('SELECT body FROM checkpoints WHERE k = 4').get()?.['body']))
      const forged = { ...claim, key: other.fingerprint }
      database
        .prepare('UPDATE checkpoints SET body = ? WHERE k = 4')
        .run(JSON.stringify({ ...forged, signature: other.sign(claimText(forged)) }))
      database.close()
    },
    integrity: ['checkpoint-forged'],
    says: /Checkpoint 4 is signed with another key/,
  },
  {
    name: 'a checkpoint that is taken out',
    attack: (path) => alter(path, 'DELETE FROM checkpoints WHERE k = 2'),
    completeness: ['checkpoints-missing'],
    says: /1 checkpoint missing from number 2/,
  },
  {
    name: 'a checkpoint with another time',
    attack: (path) => alter(path, "UPDATE checkpoints SET body = replace(body, '10:00', '11:00') WHERE k = 3"),
    integrity: ['checkpoint-forged'],
    says: /Checkpoint 3/,
  },
  {
    name: 'a checkpoint that is not one',
    attack: (path) => alter(path, "UPDATE checkpoints SET body = '{}' WHERE k = 4"),
    integrity: ['checkpoint-unreadable'],
    says: /Checkpoint 4/,
  },
  {
    name: 'all checkpoints taken away',
    attack: (path) => alter(path, 'DELETE FROM checkpoints'),
    completeness: ['never-signed'],
    says: /no checkpoint/,
  },
  {
    name: 'a record filed under another source',
    attack: (path) => alter(path, "UPDATE events SET source_ip = x'00000000000000000000ffffc6120163' WHERE n = 5"),
    integrity: ['index-altered'],
    says: /Record 5 is filed under another source_ip/,
  },
  {
    name: 'a record taken out of the chain',
    attack: (path) => alter(path, 'UPDATE events SET n = NULL WHERE n = 10'),
    integrity: ['index-altered'],
    completeness: ['tail-missing'],
    says: /taken out of the chain/,
  },
  {
    name: 'a record that is not an event',
    attack: (path) => {
      alter(path, "UPDATE events SET body = '[1]' WHERE n = 10")
      rechain(path, 10)
    },
    integrity: ['record-unreadable', 'checkpoint-contradicted'],
    says: /Record 10 is not an event/,
  },
]
for (const { name, attack, integrity = [], completeness = [], says } of attacks) {
  test(`${name} is found and named`, () => {
    const { path, folder } = trail()
    attack(path, folder)
    const report = check(path, folder)
    assert.deepEqual(
      { integrity: kinds(report).integrity.toSorted(), completeness: kinds(report).completeness.toSorted() },
      { integrity: integrity.toSorted(), completeness: completeness.toSorted() },
    )
    assert.equal(report.integrity.ok, integrity.length === 0)
    assert.equal(report.completeness.ok, completeness.length === 0)
    assert.match(reportText(report), says)
  })
}

const noticed: readonly [name: string, attack: (path: string, folder: string) => void, says: RegExp][] = [
  [
    'unsigned records were altered while it was off',
    (path) => alter(path, 'DELETE FROM checkpoints WHERE k = 4', retold(8)),
    /Audit record 8 does not continue/,
  ],
  [
    'the end of the trail was cut off while it was off',
    (path) => alter(path, cutTail, 'DELETE FROM checkpoints WHERE k = 4'),
    /ends at record 8, but 10 were written/,
  ],
  ['the key was replaced', (_, folder) => rmSync(join(folder, 'audit.key')), /audit key is another one/],
  ['others could read the key', (_, folder) => chmodSync(join(folder, 'audit.key'), 0o644), /Others could read/],
]
for (const [name, attack, says] of noticed) {
  test(`the next owner records that ${name}`, () => {
    const { path, folder } = trail()
    attack(path, folder)
    const store = openStore({ path, reserveBytes: 0 })
    const [found] = store.events.search({ kind: ['tamper'] })
    store.close()
    assert.match(found?.event.text ?? '', says)
    assert.equal(statSync(join(folder, 'audit.key')).mode & 0o777, 0o600)
  })
}

test('the next owner has nothing to complain about after a clean stop', () => {
  const { path } = trail()
  const store = openStore({ path, reserveBytes: 0 })
  assert.deepEqual(store.events.search({ kind: ['tamper'] }), [])
  store.close()
})

const exported = (edit: (lines: string[]) => string[] = (lines) => lines) => {
  const { path, folder } = trail()
  const lines: string[] = []
  exportStore(path, existingKey(folder), at, (line) => lines.push(line))
  const key = existingKey(folder)
  assert.ok(key)
  return { lines: edit(lines), key }
}
const line = (lines: readonly string[], n: number): number => lines.findIndex((text) => text.startsWith(`{"n":${n},`))
const exports: readonly [
  name: string,
  edit: (lines: string[]) => string[],
  integrity: readonly string[],
  completeness: readonly string[],
][] = [
  ['untouched', (lines) => lines, [], []],
  [
    'with other spaces and order of members',
    (lines) =>
      lines.map((text) =>
        text.startsWith('{"n"') ? JSON.stringify(JSON.parse(text), null, 1).replaceAll('\n', '') : text,
      ),
    [],
    [],
  ],
  ['with a changed text', (lines) => lines.map((text) => text.replace('number 5', 'number 6')), ['record-altered'], []],
  ['with a line taken out', (lines) => lines.toSpliced(line(lines, 5), 1), [], ['records-missing']],
  [
    'with two lines exchanged',
    (lines) => {
      const i = line(lines, 5)
      return lines.with(i, lines[i + 1] ?? '').with(i + 1, lines[i] ?? '')
    },
    ['record-moved'],
    ['records-missing'],
  ],
  ['cut off', (lines) => lines.slice(0, -3), [], ['export-cut', 'tail-missing']],
  ['cut off with the end line kept', (lines) => lines.toSpliced(line(lines, 9), 2), [], ['tail-missing']],
  [
    'with a line cut short',
    (lines) => lines.with(line(lines, 10), '{"n":10,"pre'),
    ['record-unreadable'],
    ['tail-missing'],
  ],
  [
    'with another end',
    (lines) => lines.toSpliced(-1, 1, (lines.at(-1) ?? '').replace('"n":10', '"n":9')),
    ['checkpoint-contradicted', 'checkpoint-forged'],
    [],
  ],
  ['with a line after the end', (lines) => [...lines, '{}'], ['record-unreadable'], []],
  ['that is something else', () => ['hello'], ['record-unreadable'], ['export-cut']],
  ['that is empty', () => [], [], ['export-cut']],
]
for (const [name, edit, integrity, completeness] of exports) {
  test(`an export ${name} is judged rightly`, async () => {
    const { lines, key } = exported(edit)
    const report = await verifyLines(lines, { key, now: at })
    assert.deepEqual(
      [kinds(report).integrity.toSorted(), kinds(report).completeness.toSorted()],
      [integrity, completeness],
    )
  })
}

test('an export signed by somebody else fails against the known key and is not trusted without one', async () => {
  const { lines } = exported()
  const known = await verifyLines(lines, { key: other, now: at })
  assert.equal(known.integrity.ok, false)
  const unknown = await verifyLines(lines, { now: at })
  assert.deepEqual([unknown.integrity.ok, unknown.key?.trusted], [true, false])
  assert.match(reportText(unknown), /came along with what it checks/)
})

test('a record can be checked by hand with sha256sum over three lines', () => {
  const body = canonical({ b: 1, a: { d: [true, null], c: 'é"' } })
  assert.equal(body, '{"a":{"c":"é\\"","d":[true,null]},"b":1}')
  // printf '%064d\n1\nx' 0 | sha256sum
  assert.equal(recordHash('0'.repeat(64), 1, 'x'), 'f5c767094ad031468fe69697b66a667e62f4bedca66669dbb51bbaa4ab9a2e74')
})

test('the key file is made once, for its owner only, and a damaged one is refused', () => {
  const folder = mkdtempSync(join(root, 'key-'))
  const key = signingKey(folder)
  assert.equal(signingKey(folder).fingerprint, key.fingerprint)
  assert.equal(statSync(join(folder, 'audit.key')).mode & 0o777, 0o600)
  assert.equal(key.verify('text', key.sign('text')), true)
  assert.equal(key.verify('text2', key.sign('text')), false)
  assert.equal(parsePublicKey(key.pem)?.fingerprint, key.fingerprint)
  assert.equal(parsePublicKey(key.pem.replaceAll(/-----[A-Z ]+-----|\s/g, ''))?.fingerprint, key.fingerprint)
  assert.equal(parsePublicKey('nonsense'), undefined)
  writeFileSync(join(folder, 'audit.key'), '')
  assert.throws(
    () => signingKey(folder),
    (error) => error instanceof Fault && error.code === 'store-corrupt',
  )
})
