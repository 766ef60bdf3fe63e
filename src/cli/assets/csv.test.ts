import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Fault } from '#core/errors.ts'
import { maxCell, maxColumns, maxRows, readCsv, withoutGuard, writeCsv } from './csv.ts'

const cellsOf = (text: string) => readCsv(text).map(({ cells }) => cells)

const rows: readonly (readonly [name: string, text: string, cells: readonly (readonly string[])[]])[] = [
  [
    'lines with CRLF',
    'a,b\r\n1,2\r\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'lines with LF, and none at the end',
    'a,b\n1,2',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'lines with CR alone',
    'a,b\r1,2\r',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'a delimiter within quotes',
    'a,b\n"1,5",2\n',
    [
      ['a', 'b'],
      ['1,5', '2'],
    ],
  ],
  ['quotes within quotes', 'a\n"the ""big"" one"\n', [['a'], ['the "big" one']]],
  [
    'a line break within quotes',
    'a,b\n"1\r\n2",3\n',
    [
      ['a', 'b'],
      ['1\r\n2', '3'],
    ],
  ],
  ['a quote in the middle of a cell', 'a\n5" pipe\n', [['a'], ['5" pipe']]],
  [
    'empty cells, also the last',
    'a,b,c\n,2,\n',
    [
      ['a', 'b', 'c'],
      ['', '2', ''],
    ],
  ],
  [
    'an empty cell in quotes',
    'a,b\n"",""x'.replace('""x', '"x"'),
    [
      ['a', 'b'],
      ['', 'x'],
    ],
  ],
  [
    'semicolons, as some spreadsheets write',
    'a;b\n1,5;2\n',
    [
      ['a', 'b'],
      ['1,5', '2'],
    ],
  ],
  [
    'tabs',
    'a\tb\n1\t2\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'a byte-order mark',
    '\uFEFFa,b\n1,2\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'empty lines, which count for nothing',
    'a,b\n\n , \n1,2\n\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  ['nothing', '', []],
]

describe('a table is read with', () => {
  for (const [name, text, cells] of rows) test(name, () => assert.deepEqual(cellsOf(text), cells))

  test('the line of each row, however many lines a cell has', () => {
    assert.deepEqual(
      readCsv('a,b\n"1\n2\n3",x\n\n4,5\n').map(({ line }) => line),
      [1, 2, 6],
    )
  })
})

const wrong: readonly (readonly [name: string, text: string, says: RegExp])[] = [
  ['a quote that is never closed', 'a,b\n1,2\n"3,4\n5,6\n', /Line 3 .* never closed/],
  ['text behind a closing quote', 'a,b\n"1"x,2\n', /Line 2 .* closing quote/],
  ['a cell that is too long', `a\n${'x'.repeat(maxCell + 1)}\n`, /Line 2 .*more than 10,000 characters/],
  ['a row that is too wide', `a\n${','.repeat(maxColumns)}1\n`, /Line 2 .*more than 200 cells/],
  ['too many rows', `a\n${'1\n'.repeat(maxRows + 1)}`, /Line 100002 .*more than 100,000 rows/],
]
describe('no table is', () => {
  for (const [name, text, says] of wrong)
    test(name, () =>
      assert.throws(
        () => readCsv(text),
        (error) => error instanceof Fault && error.code === 'usage' && says.test(error.message),
      ),
    )
})

describe('a written table', () => {
  test('quotes what needs it, and ends its lines with CRLF', () => {
    assert.equal(
      writeCsv(
        ['a', 'b'],
        [
          ['x,y', 'the "one"'],
          ['1;2', 3],
          [' x', 'two\nlines'],
        ],
      ),
      'a,b\r\n"x,y","the ""one"""\r\n"1;2",3\r\n" x","two\nlines"\r\n',
    )
  })

  for (const cell of [
    '=1+1',
    '+49',
    '-2',
    '@SUM(A1)',
    '\t=1',
    '=HYPERLINK("http://x";"y")',
    ' =1',
    '\n=1',
    '\u00A0\u200B\uFEFF=1',
    '\0=1',
    '\uFF1D1',
    '\uFF20SUM(A1)',
    "'=1",
    "''+1",
  ])
    test(`is no formula in a spreadsheet: ${JSON.stringify(cell)}`, () => {
      const read = cellsOf(writeCsv(['a', 'b'], [[cell, 'b']]))[1]?.[0] ?? ''
      assert.equal(read, `'${cell}`)
      assert.equal(withoutGuard(read), cell)
    })

  test('is read as it was', () => {
    const table = [
      ['a', 'b'],
      ['x"y', 'c\r\nd'],
      ['', "'quoted'"],
      ['ü;,', '  '],
    ]
    assert.deepEqual(cellsOf(writeCsv(table[0]!, table.slice(1))), table)
  })
})
