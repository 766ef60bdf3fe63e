/** Keys, enrolments and advisories on a disk that has room for a part of them. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, truncateSync } from 'node:fs'
import { it } from 'node:test'
import { writeWhole } from '#core/whole-file.ts'
import { saveAdvisories } from '#discover/assess/advisories/files.ts'

interface Row {
  readonly name: string
  readonly file: string
  /** A little where it should fit, else more than there is room for. */
  readonly write: (folder: string, fits: boolean) => void
}
const rows: readonly Row[] = [
  {
    name: 'a file',
    file: 'key',
    write: (folder, fits) => writeWhole(`${folder}/key`, fits ? 'earlier' : 'x'.repeat(40_000)),
  },
  {
    name: 'the list of advisories',
    file: 'advisories.json',
    write: (folder, fits) =>
      saveAdvisories(
        folder,
        Array.from({ length: fits ? 1 : 500 }, (_, n) => ({ id: `A-${n}`, title: 'A fault', cves: [], products: [] })),
      ),
  },
]

for (const [at, { name, file, write }] of rows.entries())
  it(`${name} for which there is room in part stays as it was`, () => {
    const folder = `/run/whole-${process.pid}-${at}`
    mkdirSync(folder)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder])
    write(folder, true)
    const earlier = readFileSync(`${folder}/${file}`, 'utf8')
    execFileSync('sh', ['-c', `cat /dev/zero >${folder}/filler 2>/dev/null; true`])
    // Room for a page or two.
    truncateSync(`${folder}/filler`, 48 * 1024)
    assert.throws(() => write(folder, false), { code: 'ENOSPC' })
    assert.equal(readFileSync(`${folder}/${file}`, 'utf8'), earlier)
    assert.deepEqual(readdirSync(folder).toSorted(), ['filler', file].toSorted())
  })
