/** Every view but the first: they come once the entry form stands. */

export { begin } from "../begin.js";
export { handOver } from "./handover.js";
export { invitation } from "./invitation.js";
export { join } from "./join.js";
export { room } from "./room.js";
export { choose, ended, locked } from "./simple.js";
export { start } from "./start.js";
export { working } from "./working.js";
