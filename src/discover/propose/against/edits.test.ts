import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Fault } from '#core/errors.ts'
import { readYaml } from '#policy/yaml/read.ts'
import { block, item } from '../yaml.ts'
import { editorOf, type Editor } from './edits.ts'

const rows: readonly { name: string; before: string; edit: (editor: Editor) => void; after: string }[] = [
  {
    name: 'an item goes below the last one, before what follows',
    before: 'list:\n  - a # first\n  - b # last\n\n# other\nmore: 1\n',
    edit: (editor) => editor.addItem(['list'], 'c', (indent) => item('c', indent)),
    after: 'list:\n  - a # first\n  - b # last\n  - c\n\n# other\nmore: 1\n',
  },
  {
    name: 'an item that is a mapping takes the indentation of the list',
    before: 'list:\n- id: a\n  to: b\nmore: 1\n',
    edit: (editor) => editor.addItem(['list'], { id: 'c' }, (indent) => block({ id: 'c', to: 'd' }, indent)),
    after: 'list:\n- id: a\n  to: b\n- id: c\n  to: d\nmore: 1\n',
  },
  {
    name: 'several items keep their order',
    before: 'list:\n  - a\n',
    edit: (editor) => {
      for (const text of ['b', 'c']) editor.addItem(['list'], text, (indent) => item(text, indent))
    },
    after: 'list:\n  - a\n  - b\n  - c\n',
  },
  {
    name: 'a list on one line stays on it',
    before: 'ports: { a: { zones: [x, y] } } # two\n',
    edit: (editor) => editor.addItem(['ports', 'a', 'zones'], 'z', (indent) => item('z', indent)),
    after: 'ports: { a: { zones: [x, y, z] } } # two\n',
  },
  {
    name: 'a list in brackets over several lines, with a comment before the bracket',
    before: 'list: [\n  a, # one\n  b # two\n]\n',
    edit: (editor) => editor.addItem(['list'], 'c', (indent) => item('c', indent)),
    after: 'list: [\n  a, # one\n  b, c # two\n]\n',
  },
  {
    name: 'a key goes below the last one, however deep that is',
    before: 'assets:\n  a:\n    ips:\n      - 198.18.1.1\nmore: 1\n',
    edit: (editor) => editor.addKey(['assets'], 'b', { ips: ['198.18.1.2'] }),
    after: 'assets:\n  a:\n    ips:\n      - 198.18.1.1\n  b: { ips: [198.18.1.2] }\nmore: 1\n',
  },
  {
    name: 'a key of a mapping on one line',
    before: 'groups: { a: { assets: [x] } }\n',
    edit: (editor) => editor.addKey(['groups'], 'b', { assets: ['z'] }),
    after: 'groups: { a: { assets: [x] }, b: { assets: [z] } }\n',
  },
  {
    name: 'empty brackets give way to what is added',
    before: 'list: [] # nothing yet\nmore: 1\n',
    edit: (editor) => {
      for (const text of ['a', 'b']) editor.addItem(['list'], text, (indent) => item(text, indent))
    },
    after: 'list: # nothing yet\n  - a\n  - b\nmore: 1\n',
  },
  {
    name: 'a key without a value takes what is added',
    before: 'list:\nmore: 1\n',
    edit: (editor) => editor.addItem(['list'], 'a', (indent) => item('a', indent)),
    after: 'list:\n  - a\nmore: 1\n',
  },
  {
    name: 'a section that is not there is made at the end',
    before: 'more: 1',
    edit: (editor) => {
      editor.addKey(['groups'], 'a', { assets: ['x'] })
      editor.addKey(['groups'], 'b', { assets: ['z'] })
    },
    after: 'more: 1\n\ngroups:\n  a: { assets: [x] }\n  b: { assets: [z] }\n',
  },
  {
    name: 'a value is replaced where it stands',
    before: 'allow:\n  - { op: a, registers: 1-2, unit: 1 } # old\n',
    edit: (editor) => assert.ok(editor.replace(['allow', 0, 'registers'], '1-9')),
    after: 'allow:\n  - { op: a, registers: 1-9, unit: 1 } # old\n',
  },
  {
    name: 'a text over several lines ends before what is added',
    before: 'list:\n  - reason: >\n      one\n      two\n\nmore: 1\n',
    edit: (editor) => editor.addItem(['list'], 'a', (indent) => item('a', indent)),
    after: 'list:\n  - reason: >\n      one\n      two\n  - a\n\nmore: 1\n',
  },
  {
    name: 'line ends of Windows stay',
    before: 'list:\r\n  - a\r\n',
    edit: (editor) => editor.addItem(['list'], 'b', (indent) => item('b', indent)),
    after: 'list:\r\n  - a\r\n  - b\r\n',
  },
  {
    name: 'an item that begins with a dash is no dash of the list',
    before: 'list:\n    -   -5\n',
    edit: (editor) => editor.addItem(['list'], 6, (indent) => item(6, indent)),
    after: 'list:\n    -   -5\n    - 6\n',
  },
]

describe('additions', () => {
  for (const { name, before, edit, after } of rows)
    test(name, () => {
      const editor = editorOf(before)
      edit(editor)
      assert.equal(editor.text(), after)
      assert.deepEqual(readYaml(after).faults, [])
    })

  test('what is written as an alias is not written over', () => {
    const editor = editorOf('a: &all [x]\nb: *all\n')
    assert.throws(
      () => editor.addItem(['b'], 'y', (indent) => item('y', indent)),
      (error) => error instanceof Fault && error.code === 'refused' && /`b`/.test(error.message),
    )
  })
})
