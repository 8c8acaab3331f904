// What the worker gives the page to draw: the shapes of client-wasm's view.rs, and what page and workers tell each other.

export type Stage = "entry" | "working" | "choose" | "room" | "ended";
export type Work = "connecting" | "stretching-phrase" | "stretching-passcode" | "puzzle" | "asking";
export type Failure =
  | "refused" | "bad-phrase" | "bad-passcode" | "bad-code" | "bad-nickname" | "version" | "dishonest" | "unavailable"
  | "too-many" | "full" | "memory" | "no-invitation" | "wrong-passcode"
  | "wrong-word";
export type Connection = "idle" | "checking" | "live" | "away" | "outdated";
export type Sending = "send" | "edit" | "delete" | "passcode" | "vacate" | "expire";
export type OutcomeKind =
  | "sent" | "edited" | "deleted" | "conflict" | "already-read" | "bad-text" | "passcode-changed" | "wrong-passcode"
  | "bad-passcode" | "extended" | "withdrawn" | "seat-taken" | "refused" | "unavailable"
  | "too-many" | "full";
export type AlarmKind =
  | "rolled-back" | "replayed" | "chain-broken" | "does-not-open" | "wrong-author" | "other-cards" | "false-receipt"
  | "false-delete" | "false-end" | "bad-card" | "own-card-changed" | "equal-keys" | "card-replaced" | "card-returned"
  | "seat-out-of-place" | "bad-frame";
export type Ending = "by-hand" | "by-time" | "unproven" | "left" | "passcode-changed";

export type SeatKind = "free" | "invited" | "held";

export interface Offers { lifetimes: number[]; lifetime: number; word: boolean }
export interface SeatView {
  seat: number;
  state: SeatKind;
  nickname: string | null;
  present: boolean;
  words: number[] | null;
  compared: boolean;
  receipts: boolean;
  typing: boolean;
  unconfirmed: boolean;
}
export interface Message {
  turn: number;
  rev: number;
  author: number;
  mine: boolean;
  text: string | null;
  covered: boolean;
  readBy: number[];
  readEarlierBy: number[];
  unreadBy: number[];
  wasRead: boolean;
  answerWasReceipt: boolean;
  unknownReaders: number[];
  missingReaders: number[];
}
export interface Room {
  me: number;
  size: number;
  turn: number;
  expiresAt: number;
  clockOffset: number;
  seats: SeatView[];
  message: Message | null;
  deleted: { turn: number; author: number; proven: boolean } | null;
  cover: boolean;
  canSend: boolean;
  canEdit: boolean;
  typing: number[];
  code: { seat: number; code: string; invitation: string | null } | null;
  sending: Sending | null;
  outcome: { number: number; kind: OutcomeKind } | null;
  alarms: { kind: AlarmKind; seat: number | null }[];
}
export interface View {
  stage: Stage;
  work: Work | null;
  failure: Failure | null;
  connection: Connection;
  closed: number;
  offers: Offers | null;
  choices: number[];
  room: Room | null;
  ending: Ending | null;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** What the page may ask of the session, by the names that its class has. Secrets and texts are bytes. */
export interface Calls {
  start: [];
  open: [phrase: Bytes, passcode: Bytes];
  create: [phrase: Bytes, passcode: Bytes, nickname: Bytes, size: number, lifetime: number, word: Bytes];
  join: [phrase: Bytes, passcode: Bytes, code: Bytes, nickname: Bytes];
  redeem: [invitation: Bytes];
  choose: [seat: number];
  resume: [locked: Bytes, passSalt: Bytes, seat: number, roomHash: Bytes, passcode: Bytes];
  send: [text: Bytes];
  edit: [text: Bytes];
  remove: [];
  seen: [turn: number, rev: number];
  typing: [];
  habits: [receipts: boolean, typing: boolean];
  cover: [on: boolean];
  uncover: [shown: boolean];
  compared: [seat: number, compared: boolean];
  invite: [seat: number, withLink: boolean];
  withdraw: [seat: number];
  passcode: [present: Bytes, next: Bytes];
  extend: [lifetime: number];
  end: [];
  leave: [];
  lock: [draft: Bytes];
  confirm: [seat: number];
  wake: [];
}

/** From the page to the session's worker. */
export type ToSession = { call: keyof Calls; args: Calls[keyof Calls] } | { stretcher: MessagePort | null };

/** From the session's worker to the page. */
export type FromSession =
  | { is: "ready" | "broke" | "need-stretcher" | "end-stretcher" }
  | { is: "view"; view: View }
  | { is: "draft"; text: Bytes }
  | ({ is: "invitation" } & Invited)
  | Locked;

/** A session, sealed under its passcode: all that a locked page keeps. */
export interface Locked { is: "locked"; bytes: Bytes; passSalt: Bytes; seat: number; roomHash: Bytes }

/** What an invitation held. */
export interface Invited { phrase: Bytes; code: string }

/** What the stretcher is asked for. */
export type Order =
  | { is: "stretch"; id: number; phrase: boolean; text: Bytes; salt: Bytes }
  | { is: "solve"; id: number; nonce: Bytes; kind: number; subject: Bytes; bits: number };

/** The page as its views see it. */
export interface App {
  /** Asks the session for something. */
  act<K extends keyof Calls>(call: K, ...args: Calls[K]): void;
  /** Someone is typing a secret: have the stretcher ready. */
  warm(): void;
  /** Shows one of the forms behind the entry form's buttons. */
  show(form: Form): void;
  /** Shows the view of an invitation, by what stands in its link. */
  invite(secret: string): void;
  /** Seals the session and empties the page. */
  lock(): void;
  resume(passcode: Bytes): void;
  /** Ends what is being done; a locked session stays locked. */
  cancel(): void;
  /** Ends the workers, forgets everything, shows the entry form. */
  clear(): void;
  /** The hand-over is done: shows the room. */
  handedOver(): void;
  /** What outlives a view. */
  kept: Kept;
}
export interface Kept {
  /** The phrase of the room just made, until it has been handed over. */
  phrase: string | null;
  /** A sealed session. */
  locked: Locked | null;
  /** How often a wrong passcode was tried on it. */
  wrong: number;
  /** What the person chose for this tab, if they did. */
  choices: Choices | null;
  /** A draft that outlived its worker, offered in the next room. */
  draft: string | null;
  /** What stood in the fragment of the link that led here. */
  invitation: string | null;
  /** What it held, once it was opened. */
  invited: Invited | null;
  /** Said once above the entry form. */
  notice: string | null;
}
/** What holds for this tab until it is cleared. */
export interface Choices {
  /** After how many seconds without a touch it locks; 0: never. */
  idle: number;
  /** Whether it locks when it goes out of sight. */
  hidden: boolean;
  /** Whether a message of another is heard. */
  sound: boolean;
}
export type Form = "entry" | "start" | "join" | "invitation";

/** The views' names. */
export type Name = Form | "working" | "choose" | "room" | "handOver" | "locked" | "ended" | "unloaded" | "coming";

/** A view: made once when it comes, then told of every change. */
export interface Scene {
  root: HTMLElement;
  /** Where the focus goes when the view comes. */
  focus?: HTMLElement;
  update?(view: View): void;
  /** What the person is writing. */
  draft?(): string;
  /** Takes up what was being written when the room was locked. */
  takeDraft?(text: string): void;
  /** Says that an invitation was not opened, for the tab has a room. */
  occupied?(): void;
  leave?(): void;
}

declare global {
  /** Not every browser has them. */
  var trustedTypes: undefined | {
    createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): unknown };
  };
}
