/** All curated mutants, in the order of the work order's blocks. */
import type { Mutant, NearMiss } from "../mutant";
import * as b0 from "./b0";
import * as b1 from "./b1";
import * as b2 from "./b2";
import * as b3 from "./b3";
import * as b4 from "./b4";
import * as b5 from "./b5";
import * as b6 from "./b6";
import * as b8 from "./b8";
import * as gates from "./gates";
import * as baseline from "./baseline";
import * as watch from "./watch";

const blocks = [b0, b1, b2, b3, b4, b5, b6, b8, baseline, watch];

export const mutants: readonly Mutant[] = [...blocks.flatMap((block) => block.mutants), ...gates.mutants];
export const nearMisses: readonly NearMiss[] = blocks.flatMap((block) => block.nearMisses);
