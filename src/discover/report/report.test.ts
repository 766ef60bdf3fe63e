import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { startBrowser, withoutBrowser, type Browser } from '../../../test/fixtures/browser.ts'
import { hostile, hostilePlant } from './example-hostile.ts'
import { largePlant } from './example-large.ts'
import { emptyPlant, policyText, smallPlant } from './example.ts'
import type { ReportInput } from './input.ts'
import { reportHtml } from './report.ts'

const plants: readonly (readonly [name: string, make: () => ReportInput])[] = [
  ['a small plant', smallPlant],
  ['three hundred devices', largePlant],
  ['names that are attacks', hostilePlant],
  ['nothing recorded', emptyPlant],
]

/** What a reader sees of a part: its text without tags. */
const textOf = (page: string, id: string): string => {
  const from = page.indexOf(`id="${id}"`)
  assert.ok(from > 0, `there is no part ${id}`)
  const end = page.indexOf('</section>', from)
  return page
    .slice(from, end)
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
}

describe('a report', () => {
  for (const [name, make] of plants) {
    const page = reportHtml(make())
    test(`of ${name} is the same for the same input`, () => {
      assert.equal(page, reportHtml(make()))
    })
    test(`of ${name} has one style, one script, and no address that is fetched`, () => {
      assert.equal(page.match(/<script/g)?.length, 1)
      assert.equal(page.match(/<style/g)?.length, 1)
      assert.doesNotMatch(page, /<(?:img|iframe|object|embed|video|audio|base|form)\b/i)
      assert.doesNotMatch(page, /<[a-z][^>]*\s(?:src|srcset|style|on[a-z]+)=/i)
      assert.deepEqual(
        [...page.matchAll(/<link[^>]*href="([^"]*)"/g)].map(([, href]) => href),
        ['data:,'],
      )
    })
    test(`of ${name} shows no value that is none`, () => {
      assert.doesNotMatch(page.slice(page.indexOf('<body')), />[^<]*(?:undefined|NaN|Infinity|\[object)[^<]*</)
    })
  }

  const page = reportHtml(smallPlant())
  const parts: readonly (readonly [id: string, says: readonly RegExp[]])[] = [
    ['answer', [/1 sign of attack/, /7 devices/, /Observed 1 hour on a Monday morning/, /denied 3 conversations of 9/]],
    ['map', [/Level 4/, /hmi-1/, /plc-a/, /198\.18\.1\.10/]],
    ['security', [/tried 200 ports of plc-a/, /T0846/, /Do next/]],
    ['management', [/What could stop production/, /Name owners for 1 device/, /control 288/]],
    [
      'control',
      [/plc-a CPU 1214C DC\/DC\/DC, V4\.2\.1/, /ews-1 → plc-b: download 3 ×/, /historian-1: write-single-register/],
    ],
    ['operations', [/hmi-1 operates plc-a; shows plc-b/, /ews-1 downloads programs/, /bulkhead edge permit/]],
    ['findings', [/high 7\d/, /line\.pcap, packet 1/, /= 7\d/, /T1692\.001 Unauthorized Message: Command Message/]],
    ['inventory', [/hist01/, /firmware V4\.2\.1/, /unknown 20 %/]],
    ['conversations', [/write-single-register 12 ×/, /registers 100; = 300 … 420; step ≤ 20/, /every 1 s/]],
    ['policy', [/hmi-operates-plcs/, /Left to people/]],
    [
      'enforcement',
      [/66\.7 % of 9 conversations permitted/, /no conduit permits it/, /historian-reads/, /too little recorded/],
    ],
    ['recordings', [/line\.pcap/, /21,600/]],
  ]
  for (const [id, says] of parts)
    test(`says in ${id} what belongs there`, () => {
      for (const one of says) assert.match(textOf(page, id), one)
    })

  test('holds the policy as it was, letter by letter', () => {
    const [, inner = ''] = /<pre class="yaml">\n?([\s\S]*?)<\/pre>/.exec(page) ?? []
    assert.equal(inner.replaceAll(/<[^>]*>/g, ''), policyText)
  })

  test('leaves out what there is none of', () => {
    const { policy: _, simulation: __, ...rest } = smallPlant()
    const bare = reportHtml(rest)
    assert.doesNotMatch(bare, /id="(?:policy|enforcement)"/)
    assert.match(textOf(bare, 'management'), /Not simulated yet/)
  })

  test('folds three hundred devices into a map that can be read', () => {
    const text = textOf(reportHtml(largePlant()), 'map')
    assert.match(text, /PLCs 37 devices/)
    assert.ok((reportHtml(largePlant()).match(/<g class="n[ "]/g)?.length ?? 0) <= 40)
  })

  test('gives times where the plant is', () => {
    assert.match(textOf(reportHtml({ ...smallPlant(), timezone: 'Asia/Tokyo' }), 'recordings'), /2026-03-02 15:00:00/)
    assert.throws(() => reportHtml({ ...smallPlant(), timezone: 'Nowhere/Town' }), RangeError)
  })

  test('shows hostile names as text', () => {
    const attacked = reportHtml(hostilePlant())
    assert.doesNotMatch(attacked, /<script>alert|<img|\p{Cf}|(?!\n)\p{Cc}/u)
    assert.ok(attacked.split('&lt;script&gt;alert(1)&lt;/script&gt;').length > 10)
    assert.ok(!attacked.includes(hostile))
  })
})

describe('a report in Chromium', { skip: withoutBrowser() ?? false }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-report-'))
  let browser: Browser
  before(async () => {
    browser = await startBrowser()
  })
  after(() => {
    browser.close()
    rmSync(folder, { recursive: true, force: true })
  })
  for (const [name, make] of plants)
    for (const width of [390, 1280])
      test(`of ${name}, ${width} pixels wide, fetches nothing, complains of nothing and is no wider`, async () => {
        const file = join(folder, `${name.replaceAll(' ', '-')}.html`)
        writeFileSync(file, reportHtml(make()))
        const { requests, complaints, values } = await browser.open(pathToFileURL(file).href, width, [
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
          "document.documentElement.classList.contains('js')",
          "getComputedStyle(document.querySelector('nav')).position",
          "[...document.querySelectorAll('.reader')].filter((one) => getComputedStyle(one).display !== 'none').length",
          "document.querySelectorAll('script').length",
        ])
        assert.deepEqual(requests, [])
        assert.deepEqual(complaints, [])
        assert.deepEqual(values, [0, true, 'sticky', 1, 1])
      })
})
