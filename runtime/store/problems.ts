/** All error messages of the store. */
import { StoreProblem } from '../problem.ts'

const withoutUser = (address: string): string => address.replace(/\/\/.*@/, '//…@')

const recompute = 'Run the same command again: the stage that made it is computed again; nothing else is lost.'

export const problems = {
  badDigest: (digest: string) =>
    new StoreProblem({
      kind: 'malformed',
      title: 'This is not the address of an object.',
      facts: [['address', JSON.stringify(digest.slice(0, 100))]],
      hint: 'An address is "sha256:" and 64 hex digits in lower case.',
    }),

  badKey: (key: string) =>
    new StoreProblem({
      kind: 'malformed',
      title: 'This is not the key of a stage.',
      facts: [['key', JSON.stringify(key.slice(0, 100))]],
      hint: 'A key is 64 hex digits in lower case.',
    }),

  missing: (digest: string, file: string) =>
    new StoreProblem({
      kind: 'missing',
      title: 'An object is missing from the store.',
      facts: [
        ['object', digest],
        ['looked at', file],
      ],
      hint: recompute,
    }),

  corrupt: (digest: string, file: string, found: string, movedTo: string | undefined) =>
    new StoreProblem({
      kind: 'corrupt',
      title: 'An object in the store is damaged: its content does not match its address.',
      facts: [['object', digest], ['content', found], ['file', file], ...(movedTo === undefined ? [] : ([['moved to', movedTo]] as const))],
      hint: recompute,
    }),

  malformed: (file: string, what: string, facts: readonly (readonly [string, string])[] = []) =>
    new StoreProblem({
      kind: 'malformed',
      title: `${file} is not well formed: ${what}.`,
      facts,
      hint: 'If espalier wrote this file, delete it and run again; if it came from elsewhere, write it again.',
    }),

  diskFull: (file: string, needed: number, free: number) =>
    new StoreProblem({
      kind: 'disk-full',
      title: 'The disk is full: a file could not be written, and nothing of it was left behind.',
      facts: [
        ['file', file],
        ['bytes needed', String(needed)],
        ['bytes free', String(free)],
        ['bytes missing', String(Math.max(0, needed - free))],
      ],
      hint: 'Free space on this disk or choose another store with --store DIR, then run again: it continues where it stopped.',
    }),

  io: (doing: string, file: string, cause: unknown, facts: readonly (readonly [string, string])[] = []) =>
    new StoreProblem({
      kind: 'io',
      title: `The store could not ${doing}.`,
      facts: [['file', file], ['system error', cause instanceof Error ? cause.message : String(cause)], ...facts],
      hint: 'Check that the folder exists, is writable, and that its disk works; or choose another with --store DIR.',
    }),

  newerVersion: (file: string, found: number, known: number) =>
    new StoreProblem({
      kind: 'newer-version',
      title: 'This store was written by a newer espalier; nothing in it was changed.',
      facts: [
        ['index', file],
        ['its version', String(found)],
        ['newest version understood', String(known)],
      ],
      hint: 'Update espalier, or choose another store with --store DIR.',
    }),

  indexDamaged: (file: string, cause: string) =>
    new StoreProblem({
      kind: 'index-damaged',
      title: "The store's index is damaged; nothing in it was changed.",
      facts: [
        ['index', file],
        ['system error', cause],
      ],
      hint: 'Run espalier store repair: it keeps the damaged index aside and makes a new one from all that can still be read.',
    }),

  indexLost: (file: string, beside: string) =>
    new StoreProblem({
      kind: 'index-damaged',
      title: "The store's index is missing or empty, although there are results or run logs beside it; nothing was changed.",
      facts: [
        ['index', file],
        ['beside it', beside],
      ],
      hint: 'Run espalier store repair: it makes a new index from the logs of runs.',
    }),

  olderReadOnly: (file: string, found: number, known: number) =>
    new StoreProblem({
      kind: 'read-only',
      title: 'This store was written by an older espalier, and cannot be brought up to date because it cannot be written.',
      facts: [
        ['index', file],
        ['its version', String(found)],
        ['version needed', String(known)],
      ],
      hint: 'Make the store writable once and run espalier plan, or copy it to where it can be written and name it with --store DIR.',
    }),

  foreign: (path: string, found: string, expected: 'file' | 'folder') =>
    new StoreProblem({
      kind: 'foreign',
      title: `This is no ${expected} of the store; nothing was read, written or removed there.`,
      facts: [
        ['path', path],
        ['found', found],
        ['expected', `a ${expected}`],
      ],
      hint: 'Check what it is, and move it away; espalier store repair then finds what is missing. To keep a store on another disk, name its folder with --store DIR.',
    }),

  readOnly: (store: string, doing: string, facts: readonly (readonly [string, string])[] = []) =>
    new StoreProblem({
      kind: 'read-only',
      title: `The store cannot be written, so espalier cannot ${doing}.`,
      facts: [['store', store], ...facts],
      hint: 'Make it writable: where a group shares it, chmod -R g+w on all of it and chmod g+s on its folders, by who owns them. Or choose another store with --store DIR. What is in it can still be read: plan, runs, show, diff, logs, store verify.',
    }),

  notThere: (store: string) =>
    new StoreProblem({
      kind: 'missing',
      title: 'There is no store here.',
      facts: [['looked at', store]],
      hint: 'The first espalier run makes one beside the package.json of its file. Go to that folder, or name the store with --store DIR.',
    }),

  indexFull: (file: string) =>
    new StoreProblem({
      kind: 'disk-full',
      title: "The disk is full: the store's index could not be written; what it held is safe.",
      facts: [['index', file]],
      hint: 'Free space on this disk or choose another store with --store DIR, then run again: it continues where it stopped.',
    }),

  unknownAddress: (address: string) =>
    new StoreProblem({
      kind: 'malformed',
      title: 'This is neither a folder nor the address of a database.',
      facts: [['address', address]],
      hint: 'A store is a folder, or postgres://user@host:5432/database with a folder for its objects.',
    }),

  unknownPlace: (place: string) =>
    new StoreProblem({
      kind: 'malformed',
      title: 'This is neither a folder nor a place in S3.',
      facts: [['objects', withoutUser(place)]],
      hint: 'Objects are in a folder that all machines see, or in s3://bucket/prefix.',
    }),

  passwordShown: (address: string, where: string) =>
    new StoreProblem({
      kind: 'malformed',
      title: `A password does not belong ${where}, where others can read it.`,
      facts: [['store', address]],
      hint: 'Leave it out there and set PGPASSWORD, write it into ~/.pgpass (mode 600), or give the whole address in ESPALIER_STORE.',
    }),

  sameStore: (store: string) =>
    new StoreProblem({
      kind: 'malformed',
      title: 'A store is not copied into itself.',
      facts: [['store', store]],
      hint: 'Name two different stores: espalier store copy FROM TO',
    }),

  objectsOfFolder: (objects: string) =>
    new StoreProblem({
      kind: 'malformed',
      title: 'A store in a folder keeps its objects in that folder.',
      facts: [['objects', objects]],
      hint: 'Leave --objects out, or name a database with --store postgres://user@host:5432/database.',
    }),

  badConfig: (file: string, wrong: string) =>
    new StoreProblem({
      kind: 'malformed',
      title: `The project's settings cannot be used: ${wrong}.`,
      facts: [['file', file]],
      hint: "They are like: export default { store: 'postgres://user@host:5432/database', objects: '/shared/folder' }",
    }),

  busy: (file: string, seconds: number) =>
    new StoreProblem({
      kind: 'busy',
      title: "Another process holds the store's index.",
      facts: [
        ['index', file],
        ['waited', `${seconds} s`],
      ],
      hint: 'Wait until the other run has finished, then run again.',
    }),
}
