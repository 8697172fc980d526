// Time for sync functions: the store's held clock, with a Date and timers that go by it. A wait takes no time: when
// nothing else is left to do, the clock moves on to the next timer.

/** The names that a sync file sees in place of the system's. */
export const HELD_GLOBALS = ['Date', 'setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'];
const STEP_MS = 120000;                        // a run's lease is extended while a wait moves the clock

export class HeldTime {
  #store;
  #run = null;
  #timers = [];
  #lastTimer = 0;
  #isAwaited = false;

  constructor(store) {
    this.#store = store;
    this.Date = dateFor(() => this.now());
    /** What a sync file sees in place of the system's. */
    this.globals = {
      Date: this.Date,
      setTimeout: (work, delay, ...rest) => this.#add(work, delay, rest, false),
      setInterval: (work, delay, ...rest) => this.#add(work, delay, rest, true),
      clearTimeout: (timer) => this.#remove(timer),
      clearInterval: (timer) => this.#remove(timer)
    };
  }

  /** From now on a wait extends this run's lease. */
  begin(run) {
    this.#run = run;
  }

  /** No timer fires any more. */
  end() {
    this.#timers = [];
    this.#run = null;
  }

  /** Whether a function is running. */
  get isRunning() {
    return this.#run !== null;
  }

  /** Milliseconds since 1970. */
  now() {
    return Number(this.#store.nowMicroseconds() / 1000n);
  }

  /** Moves the clock. */
  advance(milliseconds) {
    for (let left = milliseconds; left > 0; left -= STEP_MS) {
      this.#store.advanceClock(Math.min(left, STEP_MS) / 1000);
      if (this.#run && !this.#run.aborted) this.#run.heartbeat();
    }
  }

  #add(work, delay = 0, rest = [], repeats = false) {
    const timer = { number: ++this.#lastTimer, delay: Math.max(Number(delay) || 0, 1), work: () => work(...rest), repeats };
    timer.at = this.now() + timer.delay;
    const handle = { ref: () => handle, unref: () => handle, hasRef: () => true, [Symbol.toPrimitive]: () => timer.number };
    timer.handle = handle;
    this.#timers.push(timer);
    this.#await();
    return handle;
  }

  #remove(handle) {
    this.#timers = this.#timers.filter((timer) => timer.handle !== handle && timer.number !== Number(handle));
  }

  #await() {
    if (this.#isAwaited) return;
    this.#isAwaited = true;
    later(() => this.#fire());
  }

  #fire() {
    this.#isAwaited = false;
    if (this.#timers.length === 0 || this.#store.closed) return;
    const next = this.#timers.reduce((a, b) => (b.at < a.at ? b : a));
    this.advance(next.at - this.now());
    if (next.repeats) next.at += next.delay;
    else this.#remove(next.handle);
    next.work();
    if (this.#timers.length > 0) this.#await();
  }
}

const later = globalThis.setImmediate ?? ((work) => globalThis.setTimeout(work, 0));

// The system's Date, but for the present. What it makes are plain Dates.
function dateFor(now) {
  const held = new Proxy(globalThis.Date, {
    construct: (Date, values, made) => Reflect.construct(Date, values.length > 0 ? values : [now()], made === held ? Date : made),
    apply: (Date) => new Date(now()).toString(),
    get: (Date, name) => (name === 'now' ? now : Reflect.get(Date, name))
  });
  return held;
}
