"""English wordings of stories: clauses that are woven into questions, and questions written out whole.

Slots: numbers `{a}` and prices `{$a}`; the subject with its verb `{S:give}` ("Mia gives", later "she gives"), asked
`{S?have}` ("does she have"), `{O}` her, `{P}` her, a second person `{T:...}`, a verb of the last subject `{+give}`;
`[this|that]` is a free choice. In clauses `{1}` and `{2}` stand for the numbers that a kind puts there.
A question that starts with `!` is a command. Every fifth clause of a list is kept out of training: append, never insert.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Clauses = tuple[str, ...]

# Openings: somebody has {1} things.
HAVE: Final[Clauses] = (
    "{S:have} {1} {things}",
    "there {are} {1} {things} in [the|a] {place}",
    "{S:own} {1} {things}",
    "{S:start} [out |off |]with {1} {things}",
    "[the|a] {place} [has|holds|contains] {1} {things}",
    "{S:have} [got a collection of|a collection of|a total of] {1} {things}",
    "there {are} {1} {things} in {abox}",
    "{S:buy} {1} {things}",
    "{abox} [contains|holds|has] {1} {things}",
    "{S:collect} {1} {things}",
    "{1} {things} {are} in [the|a] {place}",
    "at first {S:have} {1} {things}",
    "[we|I] have {1} {things} here",
    "{S:get} {1} {things} [from {friend}|for {P} birthday|]",
    "{S:keep} {1} {things} in {P} {place}",
    "[this morning|yesterday|today|on Monday|last week] {S<have} {1} {things}",
    "{1} {things} [lie|are lying] [on a table|in {abox}]",
    "{S:bring} {1} {things} to [the party|school|work|the picnic|the market]",
    "{S:make} {1} {things}",
    "in {P} {place} {S:have} {1} {things}",
    "{a_body} [has|had] {1} {things} in stock",
    "[originally|in the beginning|to begin with|initially], there were {1} {things}",
    "{S:find} {1} {things} [in the {place}|]",
    "{S:receive} [a box of|a delivery of|] {1} {things}",
    "{S:count} {1} {things} [in the {place}|]",
    "{1} {things}",
    "{1} {things} [at first|to start with|at the start]",
    "{S:order} {1} {things}",
    "{S:be} carrying {1} {things}",
    "you have {1} {things}",
)

# Openings: {1} groups of {2} things each.
GROUPS: Final[Clauses] = (
    "{S:have} {1} {boxes} with {2} {things} [each|in each|in each one|apiece]",
    "there {are} {1} {boxes} with {2} {things} [each|in each|in each {box}|in every {box}]",
    "{S:have} {1} {boxes}[ and|, and] each [{box}|one|of them|] [has|holds|contains] {2} {things}",
    "{1} {boxes}, {2} {things} [each|in each|per {box}|in each {box}]",
    "each {box} [has|holds|contains] {2} {things} and {S:have} {1} {boxes}",
    "{S:buy} {1} {boxes} of {2} {things}[ each|]",
    "there {are} {1} {boxes} in the {place}, each [with|holding|containing] {2} {things}",
    "{S:fill} {1} {boxes} with {2} {things} [each|apiece]",
    "{S:put} {2} {things} {into} [each|every one] of {1} {boxes}",
    "in each of {1} {boxes} there {are} {2} {things}",
    "[a|the] {place} has {1} {boxes}. Each [{box}|one|of them] [has|holds|contains] {2} {things}",
    "{S:own} {1} {boxes}, each [of them |]with {2} {things}",
    "{S:pack} {1} {boxes} with {2} {things} in each",
    "{1} {boxes} [each hold|hold|contain|each contain] {2} {things}[ each|]",
    "{a_body} [orders|gets|receives|buys] {1} {boxes} of {2} {things} each",
    "{S:have} {1} {boxes}. There {are} {2} {things} in [each|every] {box}",
    "there are {2} {things} in [each|every|one] {box} and there are {1} {boxes}[ in the {place}| altogether|]",
    "[a|one] {box} [holds|contains|has|fits] {2} {things}. {S:have} {1} [of them|such {boxes}|{boxes} like that]",
    "{S:have} {1} {boxes} that [each hold|hold|contain] {2} {things}[ each|]",
    "{S:get} {1} {boxes} from {friend}, with {2} {things} in each",
    "{S:carry} {1} {boxes} and every {box} [has|holds] {2} {things} inside",
    "{1} {boxes} of {things} with {2} in each",
    "{S:stack} {1} {boxes} in the {place}. Every one [has|contains] {2} {things}",
    "[we|I] have {1} {boxes} with {2} {things} in each of them",
    "{1} {boxes} [arrive|are delivered] with {2} {things} inside each one",
    "every {box} {S:have} holds {2} {things} and {P} {place} has {1} {boxes}",
    "{S:have} {2} {things} in each of {P} {1} {boxes}",
    "{things} come in {boxes} of {2}. {S:buy} {1} {boxes}",
    "{things} are [sold|packed] {2} to a {box}. {S:have} {1} {boxes}",
    "you have {1} {boxes}, and there are {2} {things} in each",
    "{1} {boxes} with {2} {things} each",
    "{S:divide} {P} {things} among {1} {boxes} with {2} in each",
    "{1} x {boxes} of {2} {things}",
    "{S:prepare} {1} {boxes}, putting {2} {things} {into} each",
    "{1} {boxes} sit in the {place}, each full of {2} {things}",
)
PEOPLE_GROUPS: Final[Clauses] = (
    "there {are} {1} {buses} with {2} {people} [each|{at} each|{at} each {bus}]",
    "{1} {buses} [carry|hold|have] {2} {people} each",
    "each {bus} [has|takes|holds] {2} {people} and there {are} {1} {buses}",
    "{1} {buses}, {2} {people} [each|per {bus}|{at} each]",
    "there are {2} {people} {at} [each|every] {bus} and there are {1} {buses}",
    "{a_body} has {1} {buses}[ and| of {people}, and] each [{bus}|one] has {2} {people}",
    "{1} {buses} go on a trip with {2} {people} {at} each [{bus}|one]",
    "there {are} {1} {buses} and {2} {people} {at} each [{bus}|of them]",
    "{2} {people} {are} {at} each of {1} {buses}",
    "we have {1} {buses} with {2} {people} each",
)
FIXED_GROUPS: Final[Clauses] = (
    "there {are} {1} {rows} with {2} {seats} [each|{on} each|{on} each {row}]",
    "{S:see} {1} {rows} with {2} {seats} each",
    "each {row} has {2} {seats} and there {are} {1} {rows}",
    "{1} {rows}, {2} {seats} [each|per {row}|{on} each|{on} every {row}]",
    "there are {2} {seats} {on} [each|every] {row} and there are {1} {rows}",
    "{a_body} has {1} {rows}[ and|, and] each [{row}|one] has {2} {seats}",
    "{1} {rows} have {2} {seats} each",
    "there {are} {1} {rows}. {on} each [{row}|one|of them] there {are} {2} {seats}",
    "there are {1} {rows} of {2} {seats}[ each|]",
    "{seats} are arranged in {1} {rows} of {2}",
    "I count {1} {rows} with {2} {seats} {on} each one",
)

# Actions: {1} things come or go.
TAKE: Final[Clauses] = (
    "{S:give} [away {1} {things}|away {1} of them|{1} {things} away|{1} away]",
    "{S:sell} {1} [of them|{things}|]",
    "{S:lose} {1} [of them|{things}|]",
    "{1} [{things}|of them|of the {things}] {are} [given away|sold|lost|stolen|taken away]",
    "{S:give} {1} [{things}|of them|] to {friend}",
    "{S:use} [up |]{1} [of them|{things}]",
    "{T:take} {1} [of them|{things}|of the {things}]",
    "{S:throw} [away {1} {things}|{1} of them away|out {1} {things}]",
    "{1} [{things}|of them|of the {things}] {are} [broken|damaged|missing|ruined|thrown away]",
    "{S:donate} {1} [{things}|of them] to [charity|a school|a museum|the library|the poor]",
    "{friend} [takes|borrows] {1} [of them|{things}]",
    "{S:hand} out {1} [{things}|of them|]",
    "{S:share} {1} [{things}|of them] with {friend}",
    "{S:break} {1} [{things}|of them]",
    "{S:send} {1} [{things}|of them] to {T}",
    "{1} [go missing|get lost|get broken|disappear|are gone]",
    "{S:give} {friend} {1} [of them|{things}|]",
    "{T:buy} {1} [{things}|of them|] from {O}",
    "{S:remove} {1} [{things}|of them|]",
    "{1} [{things}|of them] {are} [used|removed|handed out|shipped|returned|donated]",
    "{S:have} to throw away {1} [{things}|of them|because they are broken]",
    "{S:leave} {1} [{things}|of them] at [home|school|work]",
    "{S:give} {1} [{things}|of them] to {T}",
    "{S:drop} {1} [{things}|of them] and [they break|cannot find them again]",
    "{S:part} with {1} [{things}|of them]",
    "{S:trade} away {1} [{things}|of them]",
    "{S:return} {1} [{things}|of them] [to the shop|]",
    "{1} [{things}|of them] {are} [eaten|spoiled] by mice",
    "{S:take} {1} [{things}|of them] out",
    "{S:swap} {1} [{things}|of them] for a toy",
    "{S:get} rid of {1} [{things}|of them]",
    "{S:let} {T} have {1} [{things}|of them]",
)
GET: Final[Clauses] = (
    "{S:buy} {1} more[ {things}|]",
    "{S:get} {1} more [{things} |][from {friend}|]",
    "{S:find} {1} more[ {things}|]",
    "{1} more {things} {are} [added|delivered|brought in|put in|bought]",
    "{T:give} {O} {1} [more {things}|more|{things}]",
    "{S:receive} {1} more[ {things}|]",
    "{friend} [gives|brings|sends] {O} {1} more[ {things}|]",
    "{S:add} {1} [more|{things}|more {things}]",
    "{S:make} {1} more[ {things}|]",
    "{1} [more|new|other|extra] {things} [arrive|come in]",
    "{S:pick} up {1} [more|more {things}|extra {things}]",
    "{S:win} {1} more[ {things}|]",
    "{S:collect} another {1}[ {things}|]",
    "{S:get} another {1} {things} [later|the next day|as a present|]",
    "{T:bring} {1} more[ {things}|]",
    "{S:order} {1} more[ {things}|]",
    "there {are} [also |]{1} [more|other|loose|extra] {things}[ too|]",
    "then {1} {things} more {are} [added|found|bought]",
    "{S:be} given {1} more[ {things}|]",
    "{S:put} in {1} more[ {things}|]",
    "plus {1} more",
)

# Questions.
LEFT: Final[Clauses] = (
    "how many {things} are left",
    "how many {things} {S?have} left",
    "how many are left",
    "how many {things} remain",
    "how many {things} {S?still have}",
    "how many {things} are there now",
    "how many does that leave",
    "how many {things} {S?have} now",
    "what is the number of {things} [left|remaining|that remain]",
    "how many {things} are [still there|left over|remaining]",
    "how many [of them |]{S?have} left",
    "how many {things} will {S} have left",
    "!find [out |]how many {things} [are left|remain]",
    "how many {things} are left in [total|all|the end]",
    "how many [{things} |]{S?keep}",
    "!calculate the number of {things} [left|remaining|that are left]",
    "how many {things} does [this|that] leave",
    "!work out how many {things} are left",
    "with how many {things} {S?end up}",
    "what [number|amount] of {things} is left [over|now|at the end|]",
    "how many left",
    "how many are [still left|remaining|still there|left now]",
    "how many [{things} |]would {S} have [left|now]",
)
TOTAL: Final[Clauses] = (
    "how many {things} are there [in total|altogether|in all|]",
    "how many {things} {S?have} [in total|altogether|in all|now|]",
    "what is the total number of {things}",
    "how many {things} is that [in total|altogether|in all|]",
    "how many {things} does that make[ altogether| in total|]",
    "how many [{things} |][in total|altogether|in all|total]",
    "what's the total",
    "!find the total number of {things}",
    "how many {things} are there now",
    "how many {things} {S?have} now",
    "how many {things} {S?end up with}",
    "how many {things} would there be[ in total| altogether|]",
    "!calculate [how many {things} there are|the total number of {things}|the total]",
    "what is the number of {things} in all",
    "how many {things} will {S} have[ in total| altogether| then]",
    "!work out how many {things} there are [in total|altogether|in all]",
    "all together, how many {things} are there",
    "in total, how many {things} are there",
    "how many {things} can be counted[ altogether| in total|]",
    "how many {things} do we [have|get] [in total|altogether|all together|]",
    "!count all the {things}",
)
ALL: Final[Clauses] = tuple(clause for clause in TOTAL if "now" not in clause and "end up" not in clause)

# People and fixed things come and go otherwise.
PEOPLE_LEAVE: Final[Clauses] = (
    "{1} [of them|{people}] leave",
    "{1} [of them|{people}] go home",
    "{1} [of them|{people}] [get off|walk away|have to leave early]",
    "{1} [of them|{people}] are [sick|ill|absent|missing]",
    "{1} [of them|{people}] do not come",
    "{1} [{people}|of the {people}] are [sent home|taken away]",
    "{1} [of them|{people}] stay at home",
    "{1} [{people}|of them] drop out",
    "{1} [of them|{people}] move away",
)
PEOPLE_COME: Final[Clauses] = (
    "{1} more [{people} |][arrive|come|join]",
    "{1} more {people} [join them|join in|come along]",
    "{1} [other|extra|new] {people} [arrive|come|join]",
    "another {1} {people} [arrive|come|join]",
    "{1} {people} come later",
    "there {are} {1} more {people} [outside|waiting|at home]",
    "{1} {people} are added",
)
FIXED_GONE: Final[Clauses] = (
    "{1} [{seats}|of them|of the {seats}] {are} [removed|taken away]",
    "{1} [{seats}|of them] {are} [gone|lost|missing]",
    "{1} [{seats}|of them|of the {seats}] [disappear|go missing]",
    "{1} [of them|{seats}] {are} [counted out|left out|crossed out]",
    "somebody takes {1} [of them|{seats}] away",
    "{1} [of them|{seats}] {are} [marked|reserved|spoken for]",
    "we take {1} [of them|{seats}] away",
)
FIXED_MORE: Final[Clauses] = (
    "{1} more [{seats} |]{are} added",
    "there {are} {1} [more|other|extra] {seats} [elsewhere|outside|next to them]",
    "{1} [new|more|extra] {seats} [come|are brought]",
    "another {1} {seats} are added",
    "{1} {seats} more are found [outside|elsewhere]",
    "we add {1} more[ {seats}|]",
)

# Sharing and its questions.
SHARE: Final[Clauses] = (
    "{S:share} them equally [among|between] {1} [friends|people|children|kids|students]",
    "{S:divide} them [equally|evenly] [among|between|into] {1} [friends|groups|boxes|bags]",
    "they are [shared|split|divided] [equally|evenly|fairly] [among|between] {1} [people|friends|children|families]",
    "{S:split} them [equally|evenly] [between|among] {1} [people|friends|kids]",
    "{S:put} them [equally|evenly] into {1} {boxes}",
    "{1} [children|friends|people|kids] share them equally",
    "{S:give} the same number to [each of|] {1} [friends|people|children]",
    "they are packed [equally|evenly] into {1} {boxes}",
    "{S:hand} them out [equally|evenly] to {1} [students|people|kids]",
    "{1} [friends|people] [divide|split] them [fairly|equally|evenly]",
    "{S:pack} them into {1} {boxes}, the same number in each",
    "{S:distribute} them [evenly|equally] among {1} [people|kids|{boxes}]",
)
SHARE_REST: Final[Clauses] = (
    "the rest are shared equally [among|between] {1} [friends|people|children]",
    "{S:share} the rest equally [among|between] {1} [friends|people|kids]",
    "{1} [friends|children|people] share the rest [equally|fairly]",
    "{S:divide} the [rest|others|remaining {things}] [equally|evenly] [among|between] {1} [friends|students|people]",
    "the [rest|others] are packed [equally|evenly] into {1} {boxes}",
    "{S:put} the [rest|others|remaining {things}] [equally|evenly] into {1} {boxes}",
    "{S:split} what is left [equally|evenly] [among|between] {1} [people|friends|kids]",
    "the remaining {things} are divided [equally|evenly] [among|between] {1} [people|groups|children]",
    "{1} [people|friends] get the rest in equal shares",
    "the rest [go|goes] to {1} [friends|children|people] in equal parts",
)
EACH: Final[Clauses] = (
    "how many {things} does each [one |person |]get",
    "how many does each get",
    "how many {things} for each",
    "how many are there for each",
    "how many {things} go to each[ one|]",
    "how many [{things} |]will each [one|of them] [get|have|receive]",
    "what is each share",
    "!find how many {things} each [one |]gets",
    "how many {things} does each one receive",
    "how big is each share",
    "!calculate how many each gets",
    "how many {things} [end up|are] in each share",
)

# Containers that differ, containers that go.
COLORED: Final[Clauses] = (
    "{S:have} {1} {color} {boxes} and {2} {color2} {boxes}",
    "there {are} {1} {color} {boxes} and {2} {color2} {boxes} in the {place}",
    "{S:buy} {1} {boxes} on Monday and {2} {boxes} on Tuesday",
    "{S:have} {1} {boxes} and {S:get} {2} more {boxes}",
    "{S:have} {1} {boxes} and {T:have} {2} {boxes}",
    "{1} {color} and {2} {color2} {boxes} stand in the {place}",
    "{S:bring} {1} {boxes} and {T:bring} {2} {boxes}",
    "first {1} {boxes} arrive, then {2} more {boxes}",
    "{S:fill} {1} {boxes} in the morning and {2} {boxes} in the afternoon",
    "{1} {boxes} are in the {place} and {2} {boxes} in the garage",
)
FEWER: Final[Clauses] = (
    "{S:have} {1} {boxes} and {+sell} {2} of them",
    "{S:have} {1} {boxes} but {+give} away {2} [of them|]",
    "there {are} {1} {boxes} and {2} of them are [empty|broken|sold|taken away|removed]",
    "of {1} {boxes}, {2} are [empty|lost|given away|thrown away|broken]",
    "{S:have} {1} {boxes}. {S:lose} {2} [of them|{boxes}]",
    "{S:buy} {1} {boxes} and {+return} {2} of them",
    "out of {1} {boxes} {T:take} {2}",
    "{S:start} with {1} {boxes} and {2} {boxes} are used up",
    "{1} {boxes} {are} in the {place}, but {2} of them {are} empty",
    "a truck brings {1} {boxes} and {2} of them get lost",
    "there were {1} {boxes}, {2} are gone",
)
EACH_HOLDS: Final[Clauses] = (
    "each {box} [has|holds|contains] {1} {things}",
    "every {box} [has|holds|contains] {1} {things}",
    "there {are} {1} {things} in each {box}",
    "all {boxes} [hold|contain|have] {1} {things} each",
    "in [each|every] {box} there are {1} {things}",
    "each [one|of them] [has|holds|contains] {1} {things}",
    "one {box} [has|holds|contains] {1} {things}",
    "they hold {1} {things} each",
    "with {1} {things} in each {box}",
    "{1} {things} per {box}",
)
EACH_LEFT_HOLDS: Final[Clauses] = (
    "each [remaining|other|full] {box} [has|holds|contains] {1} {things}",
    "each of the [others|remaining {boxes}|rest] [has|holds|contains] {1} {things}",
    "every {box} that is left [has|holds|contains] {1} {things}",
    "the [others|remaining {boxes}] [have|hold|contain] {1} {things} each",
    "each {box} left [has|holds|contains] {1} {things}",
    "there {are} {1} {things} in each [of the remaining {boxes}|{box} that is left|of the others]",
    "in each remaining {box} there are {1} {things}",
    "each {box} [has|holds|contains] {1} {things}",
)
ALL_LEFT: Final[Clauses] = (
    "how many {things} are there [in total|altogether|in all|now|]",
    "how many {things} are [left|there in those {boxes}|in the remaining {boxes}]",
    "how many {things} {S?have} [now|left|altogether|]",
    "what is the total number of {things}[ left| in the remaining {boxes}|]",
    "how many {things} does that make",
    "!find the number of {things} in the remaining {boxes}",
    "how many {things} remain[ in total|]",
    "!work out how many {things} are left",
)

# Comparing two people.
BASE: Final[Clauses] = (
    "{T:have} {1} {things}",
    "{T:own} {1} {things}",
    "{T:collect} {1} {things}",
    "{T:buy} {1} {things}",
    "there are {1} {things} in {TP} {box}",
    "{T:find} {1} {things}",
    "{T:make} {1} {things}",
    "{T:get} {1} {things}",
    "{1} {things} belong to {T}",
    "{T:count} {1} {things}",
)
MORE: Final[Clauses] = (
    "{S:have} {1} more[ {things}|] than {T}",
    "{S:have} {1} more than {T}",
    "{S:have} {1} {things} more than {T}",
    "{S:get} {1} more {things} than {T}",
    "{S:have} {1} more than that",
    "{S:own} {1} more {things} than {T}",
    "{T:have} {1} fewer {things} than {S}",
    "{S:collect} {1} more than {T}",
    "{S:find} {1} more than {T}",
)
LESS: Final[Clauses] = (
    "{S:have} {1} [fewer|less] {things} than {T}",
    "{S:have} {1} [fewer|less] than {T}",
    "{S:have} {1} {things} [less|fewer] than {T}",
    "{S:get} {1} [fewer|less] {things} than {T}",
    "{S:have} {1} [fewer|less] than that",
    "{S:own} {1} [fewer|less] {things} than {T}",
    "{T:have} {1} more {things} than {S}",
    "{S:find} {1} [fewer|less] than {T}",
)
TIMES: Final[Clauses] = (
    "{S:have} {1} times as many[ {things}|][ as {T}|]",
    "{S:have} {1} times as many",
    "{S:have} {1} times more {things} than {T}",
    "{S:get} {1} times as many {things} as {T}",
    "{S:have} {1} times the number of {things} that {T:have}",
    "{S:own} {1} times as many as {T}",
    "{S:have} {1} times that [number|many|amount]",
    "{S:collect} {1} times as many as {T}",
)
HIS: Final[Clauses] = (
    "how many {things} {S?have}",
    "how many {S?have}",
    "how many {things} {S?own}",
    "what is the number of {things} {S:have}",
    "!find how many {things} {S:have}",
    "how many [{things} |]belong to {O}",
    "how many {things} {S?have} then",
    "!work out how many {things} {S:have}",
)
BOTH: Final[Clauses] = (
    "how many {things} do they have [together|in total|altogether|in all|combined]",
    "how many {things} do the two have [together|in total|altogether]",
    "how many [{things} |]is that [together|altogether|in total]",
    "what is the total number of {things}",
    "how many {things} have they got [together|in total|altogether|between them]",
    "!find how many {things} they have [together|in total|altogether]",
    "together, how many {things} do they have",
    "how many {things} are there [in total|altogether]",
    "how many {things} do both of them have [together|in total|altogether]",
    "!calculate the total",
)

# Buying.
BUY: Final[Clauses] = (
    "{S:buy} {1} {items} [at|for] {$2} each",
    "{S:buy} {1} {items} [that cost {$2} each|costing {$2} each|at {$2} apiece]",
    "[one|a single|each|every] {item} costs {$2} and {S:buy} {1}[ of them|]",
    "{1} {items} at {$2} each",
    "{S:buy} {1} {items}. [each|each one|one|every {item}] costs {$2}",
    "{S:want} to buy {1} {items} at {$2} [each|apiece|per {item}]",
    "{S:get} {1} {items} for {$2} each",
    "the price of {aitem} is {$2} and {S:take} {1}[ of them|]",
    "{aitem} costs {$2}. {S:buy} {1}[ of them| {items}]",
    "{S:order} {1} {items}, each [costing|priced at|for] {$2}",
    "{S:pay} {$2} [for each of|each for] {1} {items}",
    "{items} cost {$2} each and {S:need} {1}[ of them|]",
    "{1} {items}, {$2} each",
    "{a_body} sells {items} for {$2} each. {S:buy} {1}[ of them|]",
    "{aitem} is {$2} and {S:want} {1}[ of them|]",
    "I need {1} {items} and [one|each] is {$2}",
    "{S:purchase} {1} {items} at a price of {$2} each",
    "{items} are {$2} each; {S:buy} {1}",
)
COST: Final[Clauses] = (
    "how much [does that|do they|does it|does it all] cost[ in total| altogether| in all|]",
    "how [much|many {money}] {S?pay}[ in total| altogether|]",
    "what is the total [cost|price]",
    "how much is that [in total|altogether|all together|]",
    "how much [money |]{S?spend}[ in total| altogether|]",
    "what does {S} [pay|spend][ in total| altogether|]",
    "!calculate the total [cost|price]",
    "what do they cost [together|in total|altogether]",
    "how many {money} {S?need}",
    "how much money [is needed|is that]",
    "what's the [total|bill|total price]",
    "!find the total [cost|price|amount]",
    "how much will {S} [pay|spend|need][ in total|]",
    "how much must {S} pay",
    "!work out the [cost|price|total]",
    "what is the bill",
    "how many {money} is that[ in total| altogether|]",
)
PAY: Final[Clauses] = (
    "{S:pay} with {$1}",
    "{S:give} the [cashier|shopkeeper|seller|clerk] {$1}",
    "{S:hand} over {$1}",
    "{S:have} {$1}",
    "{S:pay} with a {$1} [bill|note]",
    "the [cashier|shopkeeper|seller] gets {$1}",
    "{S:put} {$1} on the counter",
    "{S:have} {$1} in {P} wallet",
)
CHANGE: Final[Clauses] = (
    "how much change {S?get}[ back|]",
    "what is the change",
    "how much [money |]is left",
    "how [much|many {money}] {S?have} left",
    "how much change [should|will|does] {S} get[ back|]",
    "how many {money} {S?get back}",
    "!calculate the change",
    "what change {S?receive}",
    "how much money {S?get back}",
    "how much [is returned|comes back]",
    "!find [out |]how much change {S} gets",
)

# Rates.
RATE: Final[Clauses] = (
    "{S:ACT} {1} {units} [a|per|each|every] {span}",
    "{S:ACT} {1} {units} [in one|in a|each|every] {span}",
    "every {span} {S:ACT} {1} {units}",
    "each {span}, {S:ACT} {1} {units}",
    "in [one|a|each] {span} {S:ACT} {1} {units}",
    "{S} can {ACT} {1} {units} [per|a|in a|in one] {span}",
    "{S:ACT} {1} {units} per {span}",
    "{1} {units} per {span}",
    "at {1} {units} per {span}",
    "{S:be} able to {ACT} {1} {units} [per|a|in a|in one] {span}",
    "the [rate|speed|pace] is {1} {units} per {span}",
)
FOR_SPANS: Final[Clauses] = (
    "how many {units} {S?ACT} in {1} {spans}",
    "how many {units} {S?ACT} [over|during|after|within|for] {1} {spans}",
    "how many {units} is that in {1} {spans}",
    "in {1} {spans}, how many {units} {S?ACT}",
    "how many {units} will {S} {ACT} in {1} {spans}",
    "how many {units} can {S} {ACT} in {1} {spans}",
    "!find [out |]how many {units} {S:ACT} in {1} {spans}",
    "{S:do} this for {1} {spans}. How many {units} is that [in total|altogether|]",
    "{S:keep} this up for {1} {spans}. How many {units} {S?ACT}[ in total| altogether|]",
    "after {1} {spans}, how many {units} is that",
    "what is the total [number of {units} |]after {1} {spans}",
    "how many {units} does that make in {1} {spans}",
    "!calculate the [number of {units}|total] for {1} {spans}",
    "how many {units} in {1} {spans}",
    "if this goes on for {1} {spans}, how many {units} {S?ACT}",
    "how many {units} in total after {1} {spans}",
)
HOW_LONG: Final[Clauses] = (
    "how many {spans} [does it take|will it take|are needed|would it take] [for|to {ACT}] {1} {units}",
    "how long does it take [{O} |]to {ACT} {1} {units}",
    "how many {spans} {S?need} [for|to {ACT}] {1} {units}",
    "in how many {spans} {S?ACT} {1} {units}",
    "how many {spans} until {S:ACT} {1} {units}",
    "{S:have} to {ACT} {1} {units}. How many {spans} [does it take|is that|does {S} need]",
    "after how many {spans} {S?reach} {1} {units}",
    "!find how many {spans} {1} {units} take",
    "how many {spans} for {1} {units}",
    "!calculate how long it takes to {ACT} {1} {units}",
    "how long for {1} {units}",
    "for {1} {units}, how many {spans} are needed",
)

SIMPLE_ORDERS: Final[Clauses] = (
    "@0. @?",
    "@0. @?",
    "@0. @?",
    "if @0, @?",
    "@? if @0.",
    "@? @0.",
    "@0. [tell me|can you tell me|I want to know|I wonder|find out|do you know|say] @~",
    "@0, @?",
    "[suppose|imagine|let's say|say|assume] @0. @?",
    "given that @0, @?",
    "@0. so @?",
    "@0 - @?",
    "when @0, @?",
)
DOUBLE_ORDERS: Final[Clauses] = (
    "@0. @1. @?",
    "@0. @1. @?",
    "@0. @1. @?",
    "@0 and @1. @?",
    "@0. [then|later|after that|now|the next day|afterwards] @1. @?",
    "@0, then @1. @?",
    "if @0 and @1, @?",
    "@? if @0 and @1.",
    "@0. if @1, @?",
    "@0. @? if @1.",
    "@0 but @1. @?",
    "@0. @1. [tell me|can you tell me|I want to know|I wonder|find out|do you know] @~",
    "[suppose|imagine|let's say|assume] @0 and @1. @?",
    "@? @0 and @1.",
    "@0, @1, @?",
    "@0. @1, so @?",
    "@0. when @1, @?",
    "@0. after @1, @?",
)
TRIPLE_ORDERS: Final[Clauses] = (
    "@0. @1. @2. @?",
    "@0. @1. then @2. @?",
    "@0. @1 and @2. @?",
    "@0 and @1. [then|later|after that] @2. @?",
    "if @0, @1 and @2, @?",
    "@? if @0, @1 and @2.",
    "@0, @1, and @2. @?",
    "@0. first @1, then @2. @?",
    "@0. @1. @2. [tell me|can you tell me|I want to know|find out] @~",
    "@0, then @1, then @2. @?",
    "@0. after @1, @2. @?",
    "@0 and @1 but @2. @?",
)
_ORDERS: Final[Mapping[int, Clauses]] = {2: SIMPLE_ORDERS, 3: DOUBLE_ORDERS, 4: TRIPLE_ORDERS}


def numbered(clauses: Clauses, letters: str) -> Clauses:
    """Put a kind's letters in the place of `{1}` and `{2}`."""
    for place, letter in enumerate(letters, start=1):
        clauses = tuple(
            clause.replace(f"{{{place}}}", f"{{{letter}}}").replace(f"{{${place}}}", f"{{${letter}}}")
            for clause in clauses
        )
    return clauses


def interleaved(known: Sequence[str], kept_out: Sequence[str]) -> Clauses:
    """Order patterns so that every fifth, which the split keeps out of training, is one of `kept_out`."""
    count = min(len(known) // 4, len(kept_out))
    rows = (*(pattern for i in range(count) for pattern in (*known[4 * i : 4 * i + 4], kept_out[i])),)
    return rows


@dataclass(frozen=True)
class Weave:
    """Name the statements and the question that are woven into at most `size` patterns for training."""

    parts: tuple[Clauses, ...]
    size: int = 240


def patterns_of(kind: str, whole: Clauses, weaves: Sequence[Weave]) -> Clauses:
    """Join a kind's whole patterns with woven ones, about four known ones for each that is kept out.

    A woven pattern is kept out when at least one of its clauses is; a whole one by its own index. Whole ones come first.
    """
    known = [pattern for i, pattern in enumerate(whole) if i % 5 != 4]
    kept_out = [pattern for i, pattern in enumerate(whole) if i % 5 == 4]
    for number, weave in enumerate(weaves):
        known += _distinct(_woven(f"{kind}{number}", weave.parts, kept_out=False), weave.size)
        kept_out += _distinct(_woven(f"{kind}{number}", weave.parts, kept_out=True), weave.size // 4)
    return interleaved(list(dict.fromkeys(known)), list(dict.fromkeys(kept_out)))


def about(noun: str, clauses: Clauses) -> Clauses:
    """Say clauses of something else than things; those about a person's things are left out, their places kept."""
    return tuple(clause.replace("{things}", noun) if "{S" not in clause else "" for clause in clauses)


def _distinct(patterns: Iterator[str], size: int) -> list[str]:
    found: dict[str, None] = {}
    for _ in range(3 * size):
        found[next(patterns)] = None
        if len(found) == size:
            break
    return list(found)


def _woven(name: str, parts: tuple[Clauses, ...], *, kept_out: bool) -> Iterator[str]:
    rng = random.Random(f"{name}{kept_out}")
    orders = _ORDERS[len(parts)]
    while True:
        picks = [rng.randrange(len(part)) for part in parts]
        if any(pick % 5 == 4 for pick in picks) is not kept_out:
            continue
        order = rng.choice(orders)
        clauses = [part[pick] for part, pick in zip(parts, picks, strict=True)]
        if fitting(order, clauses):
            yield joined(order, clauses)


_INVERTED: Final = ("?", " do ", " does ", " will ", " would ", " can ", " is ", " should ", " must ")


def fitting(order: str, clauses: Sequence[str]) -> bool:
    """Tell whether clauses can stand in an order: no full stop inside an if, no inverted question after "tell me"."""
    *statements, question = clauses
    if not all(clauses):
        return False
    if "@~" in order and (not question.startswith(("how", "what")) or any(mark in question for mark in _INVERTED)):
        return False
    if question.startswith(("!", "if ", "{S:")) and not order.endswith(". @?"):
        return False
    hypothetical = any(word in order for word in ("if @", "given", "@ and", "so @", "when", "after", "but"))
    bare = any(not _has_verb(statement) for statement in statements)
    if bare and ("if" in order or "[" in order or hypothetical):
        return False
    return not (hypothetical and any(". " in statement or ";" in statement for statement in statements))


def _has_verb(clause: str) -> bool:
    return not clause.startswith(("{1}", "{a}", "{b}", "{c}", "with ", "at ", "plus ")) or "{are}" in clause


def joined(order: str, clauses: Sequence[str]) -> str:
    """Fill an order with clauses; a command ends in a full stop, a question in a question mark."""
    *statements, question = clauses
    command = question.startswith("!")
    question = question.removeprefix("!")
    mark = "." if command else "?"
    text = order.replace("@~", question + ".")
    if "@? if" in text:
        text = text.replace("@?", question)
        text = text.removesuffix(".") + mark
    else:
        text = text.replace("@?", question + mark)
    for place, statement in enumerate(statements):
        text = text.replace(f"@{place}", statement)
    return text
