/** Requests about files. */
import type { Golden } from '../golden.ts'

export const files: readonly Golden[] = [
  {
    name: 'a file is opened for reading',
    from: 'client',
    hex: '056436c40a000100ba3a e0c11946035b0128001a000e00000000b91c 0000000000000000000000000001000047e6 0404002e2f7465737466696c652e7478ea02 741dee',
    role: 'request',
    commands: [
      {
        op: 'open-file',
        fields: {
          source: 1,
          destination: 10,
          files: './testfile.txt',
          'file-mode': 'read',
        },
      },
    ],
  },
  {
    name: 'a file is opened for writing, which empties it',
    from: 'client',
    hex: '056436c40a000100ba3ae0c11946035b0128001a000e00000000b91c000000000000000000000000000200008fcc0404002e2f7465737466696c652e7478ea02741dee',
    role: 'request',
    commands: [
      {
        op: 'open-file-to-write',
        fields: { source: 1, destination: 10, files: './testfile.txt', 'file-mode': 'write' },
      },
    ],
  },
  {
    name: 'a block of it is read under the name it was opened by',
    from: 'client',
    after: [
      {
        from: 'client',
        hex: '056436c40a000100ba3a e0c11946035b0128001a000e00000000b91c 0000000000000000000000000001000047e6 0404002e2f7465737466696c652e7478ea02 741dee',
      },
      {
        from: 'server',
        hex: '05641d4401000a009183 c7c181000046045b010d0078563412130f3b cc3600000404000039b4',
      },
    ],
    hex: '056416c40a00010038cb e1c20146055b010800785634120000009c1f 00ffff',
    role: 'request',
    commands: [
      {
        op: 'read-file',
        fields: {
          source: 1,
          destination: 10,
          files: './testfile.txt',
        },
      },
    ],
  },
  {
    name: 'a block of a file whose opening was not seen is written',
    from: 'client',
    hex: '056418c40a0001003d3a e1c20246055b010a007856341200000077ac 806162594f',
    role: 'request',
    commands: [
      {
        op: 'write-file',
        fields: {
          source: 1,
          destination: 10,
        },
      },
    ],
  },
  {
    name: 'a file is deleted',
    from: 'client',
    hex: '056438c40a000100bfcb f0c11b46035b012a001a0010000000003004 000000000000000000ffffffff00000049c2 0012002e2f68656c6c6f776f726c642ea42d 7478745eda',
    role: 'request',
    commands: [
      {
        op: 'delete-file',
        fields: {
          source: 1,
          destination: 10,
          files: './helloworld.txt',
        },
      },
    ],
  },
  {
    name: 'a name beyond the end of its object is none',
    from: 'client',
    hex: '056429c40a0001009906 f0c11b46035b011b001a001000000000a3a3 000000000000000000ffffffff00000049c2 0012002e9479',
    role: 'request',
    commands: [
      {
        op: 'delete-file',
        fields: {
          source: 1,
          destination: 10,
        },
      },
    ],
    fault: 'malformed',
  },
  {
    name: 'a file is closed',
    from: 'client',
    hex: '05641bc40a0001006da9 e2c31a46045b010d0078563412000000dbf8 000000050000a780',
    role: 'request',
    commands: [
      {
        op: 'close-file',
        fields: {
          source: 1,
          destination: 10,
        },
      },
    ],
  },
]
