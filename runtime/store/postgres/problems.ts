/** All error messages about a store in PostgreSQL. None contains a password. */
import { StoreProblem } from '../../problem.ts'

const example = 'postgres://user@host:5432/database'
const passwords = 'The password is read from PGPASSWORD, from ~/.pgpass (mode 600), or from the address in ESPALIER_STORE.'

export const databaseProblems = {
  badAddress: (shown: string, wrong: string) =>
    new StoreProblem({
      kind: 'malformed',
      title: `This is not the address of a database: ${wrong}.`,
      facts: [['store', shown]],
      hint: `An address is like ${example}. ${passwords}`,
    }),

  openPasswordFile: (file: string, mode: string) =>
    new StoreProblem({
      kind: 'io',
      title: 'The file with the passwords can be read by others, so it is not used.',
      facts: [
        ['file', file],
        ['its mode', mode],
      ],
      hint: `Run chmod 600 ${file}.`,
    }),

  unreachable: (shown: string, cause: string) =>
    new StoreProblem({
      kind: 'unreachable',
      title: "The store's database cannot be reached.",
      facts: [
        ['store', shown],
        ['system error', cause],
      ],
      hint: 'Check host and port, that PostgreSQL runs there and listens for this machine, and that no firewall blocks the connection.',
    }),

  refused: (shown: string, cause: string) =>
    new StoreProblem({
      kind: 'refused',
      title: "The store's database does not accept this user with this password.",
      facts: [
        ['store', shown],
        ['database error', cause],
      ],
      hint: passwords,
    }),

  noDatabase: (shown: string) =>
    new StoreProblem({
      kind: 'missing',
      title: 'The server has no database of this name.',
      facts: [['store', shown]],
      hint: 'Make it once with createdb, or correct the name at the end of the address.',
    }),

  tooOld: (shown: string, found: string, needed: number) =>
    new StoreProblem({
      kind: 'refused',
      title: 'The version of PostgreSQL is too old.',
      facts: [
        ['store', shown],
        ['its version', found],
        ['version needed', `${needed} or newer`],
      ],
      hint: 'Update the server, or use another one.',
    }),

  notThere: (shown: string) =>
    new StoreProblem({
      kind: 'missing',
      title: 'There is no store in this database yet.',
      facts: [['store', shown]],
      hint: 'The first espalier run with it makes one; name the folder of its objects then, with --objects DIR.',
    }),

  objectsNotNamed: (shown: string) =>
    new StoreProblem({
      kind: 'missing',
      title: 'It is not known where this store keeps its objects.',
      facts: [['store', shown]],
      hint: 'Name a folder that all machines see, or s3://bucket/prefix, once, with --objects (or ESPALIER_OBJECTS); the store remembers it.',
    }),

  objectsAreNotHere: (shown: string, place: string) =>
    new StoreProblem({
      kind: 'missing',
      title: "The store's objects are not where they should be.",
      facts: [
        ['store', shown],
        ['looked at', place],
      ],
      hint: 'Mount the folder, or name where the objects are for this machine, with --objects (or ESPALIER_OBJECTS).',
    }),

  objectsOfAnother: (shown: string, place: string, found: string) =>
    new StoreProblem({
      kind: 'malformed',
      title: 'This is not the place of the objects of this store.',
      facts: [
        ['store', shown],
        ['looked at', place],
        ['found', found],
      ],
      hint: 'Name the right one with --objects. A new store needs one that is empty or not there yet.',
    }),

  full: (shown: string, cause: string) =>
    new StoreProblem({
      kind: 'disk-full',
      title: "The disk of the store's database is full; nothing was changed.",
      facts: [
        ['store', shown],
        ['database error', cause],
      ],
      hint: 'Free space there, then run again: it continues where it stopped.',
    }),

  failed: (shown: string, cause: string) =>
    new StoreProblem({
      kind: 'io',
      title: "The store's database could not do what was asked.",
      facts: [
        ['store', shown],
        ['database error', cause],
      ],
      hint: "Look into the server's log.",
    }),
}
