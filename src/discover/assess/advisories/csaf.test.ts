import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readCsaf } from './csaf.ts'
import { formOf, readAdvisories } from './read.ts'

const leaf = (category: string, name: string, id: string, models?: readonly string[]) => ({
  category,
  name,
  product: {
    name: `product ${id}`,
    product_id: id,
    ...(models === undefined ? {} : { product_identification_helper: { model_numbers: models } }),
  },
})
const branch = (category: string, name: string, branches: readonly unknown[]) => ({ category, name, branches })

const document = {
  csaf_version: '2.0',
  title: 'Example controllers',
  publisher: { category: 'vendor', name: 'Example AG' },
  tracking: { id: 'EX-2026-001', current_release_date: '2026-02-03T04:05:06Z' },
  references: [
    { category: 'self', url: 'https://example.test/ex-2026-001.json' },
    { category: 'self', url: 'https://example.test/ex-2026-001.html' },
  ],
}
const tree = {
  branches: [
    branch('vendor', 'Example AG', [
      branch('product_family', 'Line', [
        branch('product_name', 'Controller 1200', [
          leaf('product_version_range', '< V4.5.0', 'P1', ['EX 1200-1AA00']),
          leaf('product_version', '5.0', 'P2'),
        ]),
        leaf('product_name', 'Panel 7', 'P3'),
        leaf('product_version', 'V2', 'FW'),
      ]),
    ]),
  ],
  relationships: [
    {
      category: 'installed_on',
      full_product_name: { name: 'Firmware on panel', product_id: 'P4' },
      product_reference: 'FW',
      relates_to_product_reference: 'P3',
    },
  ],
}
const vulnerability = {
  cve: 'CVE-2026-1234',
  product_status: { known_affected: ['P1', 'P2'], fixed: ['P3'] },
  scores: [{ cvss_v3: { baseScore: 8.1 }, products: ['P1', 'P2'] }],
  remediations: [{ category: 'vendor_fix', details: 'Update to\nV4.5.0', product_ids: ['P1'] }],
}
const csaf = (more: object = {}): unknown => ({
  document,
  product_tree: tree,
  vulnerabilities: [vulnerability],
  ...more,
})

const productsOf = (json: unknown) => {
  const read = readCsaf(json)
  assert.ok(read.ok, read.ok ? '' : `${read.error.path}: ${read.error.what}`)
  return read.value.products
}

describe('a CSAF document', () => {
  test('gives id, title, day, CVE ids, score and its own page', () => {
    const read = readCsaf(csaf())
    assert.ok(read.ok)
    const { products: _, ...rest } = read.value
    assert.deepEqual(rest, {
      id: 'EX-2026-001',
      title: 'Example controllers',
      released: '2026-02-03',
      cves: ['CVE-2026-1234'],
      cvss: 8.1,
      url: 'https://example.test/ex-2026-001.html',
    })
  })

  test('names what is affected by vendor, product, order number and version, with the fix', () => {
    assert.deepEqual(productsOf(csaf()), [
      {
        vendor: 'Example AG',
        product: 'Controller 1200',
        models: ['EX 1200-1AA00'],
        versions: ['< V4.5.0'],
        cves: ['CVE-2026-1234'],
        cvss: 8.1,
        fix: 'Update to V4.5.0',
      },
      { vendor: 'Example AG', product: 'Controller 1200', versions: ['5.0'], cves: ['CVE-2026-1234'], cvss: 8.1 },
    ])
  })

  test('counts what is installed on a device as the device, in the version of what is installed', () => {
    const [product] = productsOf(
      csaf({ vulnerabilities: [{ ...vulnerability, product_status: { known_affected: ['P4'] } }] }),
    )
    assert.deepEqual([product?.product, product?.versions], ['Panel 7', ['V2']])
  })

  test('puts versions of one product together', () => {
    const products = productsOf(
      csaf({
        vulnerabilities: [
          { product_status: { known_affected: ['P2'], last_affected: ['P2'] } },
          { product_status: { known_affected: ['P3'] } },
        ],
      }),
    )
    assert.deepEqual(
      products.map(({ product, versions }) => [product, versions]),
      [
        ['Controller 1200', ['5.0']],
        ['Panel 7', ['*']],
      ],
    )
  })

  test('keeps the highest score of those that name the product', () => {
    const more = { ...vulnerability, cve: 'CVE-2026-1235', scores: [{ cvss_v3: { baseScore: 9.8 }, products: ['P2'] }] }
    assert.deepEqual(
      productsOf(csaf({ vulnerabilities: [vulnerability, more] })).map(({ cvss }) => cvss),
      [8.1, 9.8],
    )
  })
})

describe('a document that is wrong is refused with the place', () => {
  const deep = (levels: number): unknown =>
    levels === 0 ? leaf('product_name', 'x', 'X') : branch('product_name', 'x', [deep(levels - 1)])
  const rows: readonly { readonly name: string; readonly json: unknown; readonly path: string }[] = [
    {
      name: 'another version of CSAF',
      json: csaf({ document: { ...document, csaf_version: '1.2' } }),
      path: '$.document.csaf_version',
    },
    { name: 'no title', json: csaf({ document: { ...document, title: undefined } }), path: '$.document.title' },
    {
      name: 'an id with blanks',
      json: csaf({ document: { ...document, tracking: { ...document.tracking, id: 'a b' } } }),
      path: '$.id',
    },
    {
      name: 'a wrong CVE id',
      json: csaf({ vulnerabilities: [vulnerability, { ...vulnerability, cve: 'CVE-1' }] }),
      path: '$.vulnerabilities[1].cve',
    },
    {
      name: 'a score beyond 10',
      json: csaf({ vulnerabilities: [{ ...vulnerability, scores: [{ cvss_v3: { baseScore: 11 }, products: [] }] }] }),
      path: '$.vulnerabilities[0].scores[0].cvss_v3.baseScore',
    },
    {
      name: 'a branch without a name',
      json: csaf({ product_tree: { branches: [branch('vendor', 'A', [{ category: 'product_name' }])] } }),
      path: '$.product_tree.branches[0].branches[0].name',
    },
    { name: 'branches without an end', json: csaf({ product_tree: { branches: [deep(40)] } }), path: '$.product_tree' },
  ]
  for (const { name, json, path } of rows)
    test(name, () => {
      const read = readCsaf(json)
      assert.equal(read.ok, false)
      assert.equal(read.ok ? '' : read.error.path, path)
    })
})

test('a document of many products with many fixes is read in seconds', () => {
  const ids = (letter: string, count: number) => Array.from({ length: count }, (_, at) => `${letter}${at}`)
  const affected = ids('P', 10_000)
  const others = { category: 'vendor_fix', details: 'Update.', product_ids: ids('Q', 50_000) }
  const one = {
    cve: 'CVE-2026-1234',
    product_status: { known_affected: affected },
    scores: Array.from({ length: 20 }, () => ({ cvss_v3: { baseScore: 5 }, products: others.product_ids })),
    remediations: Array.from({ length: 20 }, () => others),
  }
  const full_product_names = affected.map((id) => ({ name: id, product_id: id }))
  const begun = performance.now()
  const read = readCsaf({ document, product_tree: { full_product_names }, vulnerabilities: [one] })
  assert.ok(performance.now() - begun < 15_000)
  assert.ok(!read.ok || read.value.products.length > 0)
})

describe('a file is recognised by what it holds', () => {
  const rows: readonly (readonly [name: string, json: unknown, form: string])[] = [
    ['an index', { version: 1, advisories: [] }, 'index'],
    ['a CSAF document', csaf(), 'csaf'],
    ['the list of a feed', { feed: {} }, 'other'],
    ['a list', [], 'other'],
    ['nothing', null, 'other'],
  ]
  for (const [name, json, form] of rows)
    test(name, () => {
      assert.equal(formOf(json), form)
    })

  test('an index with a word too many is refused with its place', () => {
    const read = readAdvisories({
      version: 1,
      advisories: [{ id: 'A', title: 't', cves: [], products: [], colour: 'red' }],
    })
    assert.equal(read.ok ? '' : read.error.path, '$.advisories[0]')
  })
})
