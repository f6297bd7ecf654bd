"""The English vocabulary of the world's questions: people, things, containers, activities, verbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SHE: Final = tuple(
    "Mia Anna Lily Sara Emma Olivia Sophia Ava Isabella Grace Chloe Zoe Ella Nora Hannah Lucy Alice Ruby Maya Leah "
    "Julia Clara Eva Rosa Nina Ivy Stella Hazel Aria Layla Amy Kate Jane Mary Linda Susan Karen Betty Helen Maria "
    "Carmen Lucia Sofia Elena Ana Ingrid Freya Astrid Yuki Sakura Mei Ling Priya Anita Fatima Aisha Amina Zainab Ngozi "
    "Chioma Jisoo Minji Yuna Sora Hana Olga Natasha Tanya Beatriz Camila Valeria Wendy Tina Rachel Rebecca Megan Laura "
    "Jessica Jenny Molly Daisy Paula Vera Iris June Abby Bella Cindy Dora Esther Fiona Gina Holly Monica Nancy Penny "
    "Sandra Tara Violet Yasmin".split()
)
HE: Final = tuple(
    "Tom Ben Sam Leo Max Jack Noah Liam Ethan Lucas Mason James Henry Oliver Jacob Daniel David John Peter Paul Mark "
    "Luke Adam Eric Kevin Brian Carl Frank George Harry Ian Kyle Martin Nathan Oscar Patrick Robert Simon Steve Tim "
    "Victor Will Bob Bill Joe Jim Mike Nick Rick Ted Omar Ali Hassan Ahmed Yusuf Ibrahim Kofi Kwame Chidi Emeka Raj "
    "Arjun Vikram Ravi Amit Wei Jun Hiro Kenji Takeshi Minho Jihoon Seojun Taeyang Carlos Diego Juan Luis Miguel Pablo "
    "Pedro Mateo Marco Luca Giovanni Hans Klaus Otto Sven Lars Igor Ivan Boris Dmitri Andre Pierre Louis Felix Hugo "
    "Theo Finn Owen Caleb Dylan Gavin Walter Arthur Fred".split()
)
THEY: Final = tuple(
    "Alex Robin Jordan Taylor Casey Riley Quinn Avery Morgan Jamie Kai Rowan Skyler Sasha Charlie".split()
)
SYLLABLES: Final = tuple(
    "ba be bo da de du fa fi ga go ka ki ko la le li lo ma me mi mo na ni no ra ri ro sa su ta ti to va vi za zu".split()
)

ROLES: Final = tuple(
    "farmer|baker|teacher|gardener|shopkeeper|librarian|chef|cook|fisherman|coach|carpenter|florist|tailor|grocer|"
    "collector|painter|student|boy|girl|woman|man|nurse|doctor|postman|scientist|artist|driver|trader|beekeeper|"
    "neighbor|clerk|waiter|builder|worker|mechanic|merchant|princess|pirate|child|hiker|jeweler|potter|photographer|"
    "street vendor|shop owner|school principal|warehouse manager|truck driver".split("|")
)
# Roles whose pronoun is given: 0 she, 1 he.
ROLE_GENDERS: Final[Mapping[str, int]] = {"girl": 0, "woman": 0, "princess": 0, "boy": 1, "man": 1}
BODIES: Final = tuple(
    "library|school|shop|store|factory|bakery|company|museum|hotel|restaurant|supermarket|market stall|warehouse|club|"
    "charity|class|team|kindergarten|bookstore|toy store|cafe|farm|grocery store|hospital|office|zoo|church|pet shop|"
    "garden center|post office|university|sports club|food bank|gift shop|youth center".split("|")
)
GROUPS_OF_PEOPLE: Final = tuple(
    "the children|the students|the kids|the scouts|the neighbors|the workers|the girls|the boys|my parents|my friends|"
    "the volunteers|the players|the villagers|the twins|the teachers|two friends|my grandparents|the campers".split("|")
)
RELATIVES: Final = tuple(
    "brother|sister|friend|cousin|neighbor|mother|father|mom|dad|uncle|aunt|grandmother|grandfather|grandma|grandpa|"
    "teacher|classmate|best friend|little brother|little sister|older sister|older brother|roommate|colleague|boss|"
    "son|daughter|nephew|niece|friends|classmates|neighbors|cousins|coworkers|family|students|children".split("|")
)
KIN: Final = tuple(
    "mother|father|aunt|uncle|cousin|brother|sister|wife|husband|grandmother|grandfather|boss".split("|")
)
PLACES: Final = tuple(
    "room|shop|store|kitchen|garage|classroom|library|warehouse|garden|box|drawer|house|school|market|basement|cellar|"
    "barn|attic|office|museum|cupboard|hall|park|storeroom|shed|gym|cafeteria|truck|van|yard|studio|workshop|bag|"
    "closet|cabinet|tent|hallway|lobby|backyard|living room".split("|")
)

# Goods as "singular/plural", or one word that takes a plain plural.
GOODS: Final = (
    *(
        "pen pencil book notebook eraser ruler marker crayon marble sticker stamp coin card toy doll balloon ball "
        "button bead block ribbon shell stone pebble rock candle cup plate bowl fork spoon knife/knives bottle "
        "glass/glasses jar mug napkin towel sock shirt hat glove scarf/scarves shoe bulb battery/batteries screw nail "
        "bolt nut washer key magnet badge medal ticket poster photo picture magazine comic newspaper envelope "
        "postcard letter folder file stapler clip pin needle thread feather leaf/leaves flower rose tulip lily/lilies "
        "daisy/daisies seed plant cactus/cacti acorn chestnut pinecone brick tile plank log rope hammer brush/brushes "
        "sponge soap lamp mask kite puzzle game robot yo-yo drum whistle flute guitar flag lantern basket cushion "
        "pillow blanket mat rug vase ring bracelet necklace earring watch/watches comb mirror hairpin umbrella "
        "backpack wallet purse helmet bicycle scooter skateboard tire wheel baseball football seashell "
        "keychain beanbag bookmark sketchbook diary/diaries charger cable phone laptop microphone headset speaker "
        "camera tripod frame gem crystal ruby/rubies diamond pearl arrow sword shield potion scroll wand widget "
        "gadget gear spring valve pipe panel token chip domino/dominoes"
    ).split(),
    *(
        "bar of soap/bars of soap|chess set/chess sets|tennis ball/tennis balls|golf ball/golf balls|"
        "trading card/trading cards|paper clip/paper clips|light bulb/light bulbs|toy car/toy cars|"
        "teddy bear/teddy bears|water bottle/water bottles|pair of socks/pairs of socks|gold coin/gold coins|"
        "sheet of paper/sheets of paper|rubber band/rubber bands|glue stick/glue sticks|"
        "building block/building blocks|action figure/action figures|paint tube/paint tubes|mouse pad/mouse pads|"
        "memory card/memory cards|USB stick/USB sticks|puzzle piece/puzzle pieces|colored pencil/colored pencils|"
        "blue pen/blue pens|red marble/red marbles|baseball card/baseball cards"
    ).split("|"),
)
FOOD: Final = (
    *(
        "apple orange pear peach/peaches plum banana lemon lime mango/mangoes kiwi melon watermelon pineapple coconut "
        "fig date grape cherry/cherries strawberry/strawberries blueberry/blueberries raspberry/raspberries "
        "tomato/tomatoes potato/potatoes carrot onion cucumber pepper cabbage pumpkin radish/radishes egg muffin "
        "cupcake cookie biscuit donut cake pie tart pancake waffle croissant bagel bun roll sandwich/sandwiches "
        "burger pizza taco dumpling sausage meatball almond walnut peanut raisin candy/candies sweet lollipop "
        "chocolate gumdrop jellybean marshmallow pretzel cracker olive mushroom bean pea lettuce avocado/avocados "
        "tangerine persimmon apricot scone brownie macaron praline truffle"
    ).split(),
    *(
        "loaf of bread/loaves of bread|rice cake/rice cakes|can of soda/cans of soda|juice box/juice boxes|"
        "slice of pizza/slices of pizza|piece of candy/pieces of candy|bottle of water/bottles of water|"
        "carton of milk/cartons of milk|bag of chips/bags of chips|tea bag/tea bags|chocolate bar/chocolate bars|"
        "green apple/green apples|chocolate chip cookie/chocolate chip cookies|hard-boiled egg/hard-boiled eggs|"
        "ice cream/ice creams"
    ).split("|"),
)
# Amounts that are always said in the plural: "liters of water".
AMOUNTS: Final = tuple(
    "liters of water|kilograms of rice|grams of sugar|cups of flour|pounds of potatoes|liters of milk|bottles of juice|"
    "kilograms of apples|meters of rope|meters of fabric|gallons of paint|sacks of grain|liters of oil|"
    "sheets of paper|bags of cement|tons of coal|kilos of flour|ounces of gold|litres of petrol|feet of wire".split("|")
)
BOXES: Final = tuple(
    "box/boxes bag/bags basket/baskets crate/crates carton/cartons jar/jars pack/packs packet/packets package/packages "
    "drawer/drawers bucket/buckets case/cases chest/chests sack/sacks tin/tins bin/bins container/containers "
    "suitcase/suitcases parcel/parcels pouch/pouches bowl/bowls bundle/bundles envelope/envelopes set/sets pile/piles "
    "stack/stacks tub/tubs tray/trays cupboard/cupboards backpack/backpacks trunk/trunks barrel/barrels".split()
)
SHELVES: Final = tuple(
    "shelf/shelves tray/trays table/tables rack/racks plate/plates page/pages desk/desks cart/carts".split()
)

# What stands or lies in rows and the like: (group, its plural, preposition, things that cannot be given away).
FIXED: Final = tuple(
    entry.split(",")
    for entry in (
        "row,rows,in,seats|row,rows,in,chairs|row,rows,in,trees|row,rows,in,desks|row,rows,in,plants|row,rows,in,stars|"
        "row,rows,in,corn plants|row,rows,in,tulips|row,rows,in,apple trees|row,rows,in,windows|row,rows,in,tiles|"
        "floor,floors,on,rooms|floor,floors,on,apartments|floor,floors,on,offices|floor,floors,on,windows|"
        "building,buildings,in,apartments|house,houses,in,windows|street,streets,on,houses|street,streets,on,lamps|"
        "train car,train cars,in,seats|wagon,wagons,in,seats|bus,buses,on,seats|hall,halls,in,seats|"
        "section,sections,in,seats|level,levels,on,parking spaces|column,columns,in,squares|column,columns,in,dots|"
        "classroom,classrooms,in,desks|tower,towers,in,blocks|tree,trees,on,branches|branch,branches,on,leaves|"
        "chapter,chapters,in,pages|book,books,in,pages|notebook,notebooks,in,pages|page,pages,on,lines|album,albums,in,photos|"
        "quiz,quizzes,in,questions|test,tests,in,questions|field,fields,in,trees|garden bed,garden beds,in,flowers|"
        "block,blocks,in,houses|cage,cages,in,rabbits|tank,tanks,in,fish|pond,ponds,in,frogs|hive,hives,in,bees|"
        "nest,nests,in,eggs|barn,barns,in,cows|pen,pens,in,sheep|stable,stables,in,horses|bush,bushes,on,berries|"
        "level,levels,in,coins|village,villages,in,houses|playlist,playlists,in,songs|album,albums,on,songs|"
        "season,seasons,in,episodes|ward,wards,in,beds|dorm,dorms,in,beds|wall,walls,on,pictures|coop,coops,in,chickens"
    ).split("|")
)
# Who comes in groups: (group, its plural, preposition, people).
PEOPLE: Final = tuple(
    entry.split(",")
    for entry in (
        "bus,buses,on,passengers|bus,buses,on,people|bus,buses,on,students|class,classes,in,students|class,classes,in,children|"
        "team,teams,on,players|table,tables,at,guests|table,tables,at,people|van,vans,in,people|boat,boats,on,people|"
        "boat,boats,in,tourists|car,cars,in,people|train car,train cars,in,passengers|group,groups,in,kids|group,groups,in,hikers|"
        "tent,tents,in,scouts|tent,tents,in,campers|office,offices,in,workers|ship,ships,on,sailors|plane,planes,on,passengers|"
        "choir,choirs,in,singers|row,rows,in,soldiers|row,rows,in,dancers|cabin,cabins,in,children|tour,tours,on,visitors|"
        "classroom,classrooms,in,pupils|squad,squads,in,players|department,departments,in,employees|gondola,gondolas,in,skiers|"
        "bench,benches,on,people|ferry,ferries,on,passengers|minibus,minibuses,in,tourists|dormitory,dormitories,in,students"
    ).split("|")
)
# Containers that hold containers: (outer, plural, preposition, inner, plural, preposition).
NESTS: Final = tuple(
    entry.split(",")
    for entry in (
        "shelf,shelves,on,box,boxes,in|room,rooms,in,shelf,shelves,on|truck,trucks,in,crate,crates,in|crate,crates,in,box,boxes,in|"
        "cabinet,cabinets,in,drawer,drawers,in|pallet,pallets,on,carton,cartons,in|store,stores,in,shelf,shelves,on|"
        "box,boxes,in,bag,bags,in|carton,cartons,in,pack,packs,in|house,houses,in,basket,baskets,in|table,tables,on,plate,plates,on|"
        "case,cases,in,tray,trays,in|classroom,classrooms,in,box,boxes,in|warehouse,warehouses,in,container,containers,in|"
        "cart,carts,on,basket,baskets,in|chest,chests,in,pouch,pouches,in|rack,racks,on,bin,bins,in|bag,bags,in,packet,packets,in|"
        "desk,desks,in,drawer,drawers,in|suitcase,suitcases,in,case,cases,in"
    ).split("|")
)
FIXED_NESTS: Final = tuple(
    entry.split(",")
    for entry in (
        "building,buildings,in,floor,floors,on,rooms|building,buildings,in,floor,floors,on,apartments|school,schools,in,class,classes,in,students|"
        "train,trains,on,car,cars,in,seats|theater,theaters,in,row,rows,in,seats|hall,halls,in,row,rows,in,chairs|"
        "field,fields,in,row,rows,in,trees|garden,gardens,in,row,rows,in,plants|album,albums,in,page,pages,on,photos|"
        "book,books,in,chapter,chapters,in,pages|farm,farms,on,barn,barns,in,cows|street,streets,on,house,houses,in,windows|"
        "hotel,hotels,in,floor,floors,on,rooms|library,libraries,in,shelf,shelves,on,books|stadium,stadiums,in,section,sections,in,seats|"
        "league,leagues,in,team,teams,on,players|tree,trees,on,branch,branches,on,apples|camp,camps,in,tent,tents,in,scouts|"
        "zoo,zoos,in,cage,cages,in,birds|parking garage,parking garages,in,level,levels,on,cars|test,tests,in,section,sections,in,questions"
    ).split("|")
)


@dataclass(frozen=True)
class Activity:
    """Name something done at a rate: who (None: a person), the verb, what is counted, and the span of time."""

    doer: str | None
    verb: str
    units: str
    span: str
    spans: str


ACTIVITIES: Final = tuple(
    Activity(None if doer == "-" else doer, verb, units, span, span + "s")
    for doer, verb, units, span in (
        entry.split(",")
        for entry in (
            "-,read,pages,day|-,read,pages,hour|-,read,pages,night|-,drive,kilometers,hour|-,drive,miles,hour|-,drive,km,hour|-,walk,steps,day|-,walk,kilometers,day|"
            "-,walk,meters,minute|-,walk,miles,week|-,run,kilometers,week|-,run,laps,day|-,run,meters,minute|-,cycle,kilometers,hour|-,ride,miles,day|-,swim,laps,hour|"
            "-,swim,meters,minute|-,type,words,minute|-,write,lines,day|-,write,words,hour|-,write,emails,day|-,earn,dollars,hour|-,earn,euros,hour|-,earn,dollars,day|"
            "-,earn,dollars,week|-,make,dollars,hour|-,save,dollars,month|-,save,dollars,week|-,save,coins,day|-,spend,dollars,day|-,spend,minutes,day|"
            "-,bake,cookies,hour|-,bake,loaves,day|-,bake,pies,day|-,pick,apples,hour|-,pick,strawberries,minute|-,plant,trees,day|-,plant,seeds,hour|-,sell,tickets,day|"
            "-,sell,newspapers,day|-,sell,cups of lemonade,hour|-,wash,cars,day|-,wash,dishes,hour|-,solve,problems,day|-,solve,puzzles,week|-,do,push-ups,day|-,do,sit-ups,minute|"
            "-,learn,words,day|-,memorize,words,week|-,practice,songs,week|-,draw,pictures,day|-,paint,houses,month|-,fold,paper cranes,hour|-,deliver,packages,hour|-,deliver,letters,day|"
            "-,answer,calls,hour|-,drink,cups of tea,week|-,drink,glasses of water,day|-,eat,apples,week|-,collect,shells,day|-,collect,stamps,month|-,score,points,game|"
            "-,score,goals,season|-,knit,rows,evening|-,lift,boxes,hour|-,build,chairs,month|-,watch,episodes,week|-,take,photos,day|-,climb,steps,minute|-,climb,meters,hour|"
            "-,jump,times,minute|-,translate,pages,day|-,grade,papers,hour|-,catch,fish,day|-,milk,cows,hour|-,sew,shirts,week|-,assemble,toys,hour|-,pack,boxes,hour|-,study,words,day|"
            "a machine,make,bolts,minute|a machine,produce,bottles,hour|the machine,fill,bottles,minute|a factory,produce,cars,day|a factory,make,toys,hour|the factory,build,bikes,week|"
            "a printer,print,pages,minute|the printer,print,posters,hour|a car,travel,kilometers,hour|a car,go,miles,hour|a train,travel,kilometers,hour|the train,cover,miles,hour|"
            "a bus,drive,km,hour|a truck,travel,miles,day|a plane,fly,kilometers,hour|a tap,drip,drops,minute|a pump,move,liters,minute|a pipe,fill,liters,hour|a hen,lay,eggs,week|"
            "a snail,crawl,centimeters,minute|a robot,paint,walls,day|a robot,weld,parts,hour|a bakery,sell,cakes,day|a bakery,bake,rolls,hour|a shop,sell,phones,week|a cafe,serve,customers,hour|"
            "a cow,give,liters of milk,day|a heart,beat,times,minute|a boat,sail,miles,hour|a cyclist,ride,kilometers,hour|a runner,run,meters,minute|a worker,lay,bricks,hour|"
            "a bee,visit,flowers,hour|a spacecraft,travel,kilometers,second|a fountain,use,liters,hour|a plant,grow,millimeters,week|a tree,grow,centimeters,year|a website,get,visitors,day"
        ).split("|")
    )
)
# (money, symbol or none, singular)
MONIES: Final = (
    ("dollars", "$"),
    ("dollars", "$"),
    ("euros", "€"),
    ("pounds", "£"),
    ("cents", ""),
    ("coins", ""),
    ("bucks", "$"),
)
SHOP_THINGS: Final = tuple(
    "T-shirt/T-shirts shirt/shirts hat/hats book/books notebook/notebooks pen/pens ticket/tickets movie_ticket/movie_tickets toy/toys chair/chairs "
    "lamp/lamps plant/plants cake/cakes pizza/pizzas coffee/coffees sandwich/sandwiches burger/burgers cup/cups mug/mugs game/games ball/balls "
    "scarf/scarves pair_of_socks/pairs_of_socks pair_of_shoes/pairs_of_shoes apple/apples melon/melons orange/oranges box_of_chocolates/boxes_of_chocolates "
    "bottle_of_juice/bottles_of_juice bag_of_rice/bags_of_rice kilo_of_rice/kilos_of_rice loaf_of_bread/loaves_of_bread carton_of_eggs/cartons_of_eggs "
    "bus_ticket/bus_tickets train_ticket/train_tickets postcard/postcards poster/posters magazine/magazines comic/comics puzzle/puzzles doll/dolls "
    "basketball/basketballs racket/rackets helmet/helmets backpack/backpacks umbrella/umbrellas bracelet/bracelets ring/rings candle/candles vase/vases "
    "blanket/blankets pillow/pillows plate/plates bowl/bowls knife/knives USB_stick/USB_sticks cable/cables headset/headsets keyboard/keyboards mouse/mice "
    "rose/roses bouquet/bouquets tulip/tulips cupcake/cupcakes donut/donuts muffin/muffins ice_cream/ice_creams cookie/cookies can_of_paint/cans_of_paint "
    "bag_of_soil/bags_of_soil brick/bricks tile/tiles towel/towels pack_of_paper/packs_of_paper meter_of_fabric/meters_of_fabric liter_of_milk/liters_of_milk "
    "pound_of_cheese/pounds_of_cheese stamp/stamps balloon/balloons kite/kites jacket/jackets tie/ties dress/dresses skirt/skirts belt/belts watch/watches".split()
)
COLORS: Final = tuple(
    "red blue green yellow white black orange purple pink brown gray silver gold small large big old new wooden plastic".split()
)

PAST: Final[Mapping[str, str]] = {
    "be": "was", "have": "had", "give": "gave", "buy": "bought", "sell": "sold", "get": "got", "find": "found", "lose": "lost",
    "take": "took", "eat": "ate", "put": "put", "make": "made", "bring": "brought", "spend": "spent", "keep": "kept", "throw": "threw",
    "send": "sent", "read": "read", "drive": "drove", "run": "ran", "ride": "rode", "swim": "swam", "write": "wrote", "do": "did",
    "draw": "drew", "drink": "drank", "fly": "flew", "go": "went", "grow": "grew", "catch": "caught", "sew": "sewed", "build": "built",
    "lay": "laid", "pay": "paid", "win": "won", "break": "broke", "hold": "held", "cut": "cut", "leave": "left", "hand": "handed",
    "grind": "ground", "lend": "lent", "tear": "tore", "see": "saw", "beat": "beat", "begin": "began", "set": "set", "split": "split",
    "hide": "hid", "feed": "fed", "stand": "stood", "sit": "sat", "let": "let", "share": "shared", "want": "wanted", "drop": "dropped",
    "drip": "dripped", "knit": "knitted", "study": "studied", "carry": "carried", "plan": "planned", "stop": "stopped", "swap": "swapped",
    "travel": "traveled", "come": "came", "know": "knew", "think": "thought", "teach": "taught", "need": "needed", "hit": "hit", "fit": "fit", "wrap": "wrapped", "chip": "chipped", "pick": "picked", "sleep": "slept", "wake": "woke", "tip": "tipped", "hear": "heard",
}  # fmt: skip


def pair(entry: str) -> tuple[str, str]:
    """Read "singular/plural", or a word that takes a plain plural."""
    singular, _, plural = entry.partition("/")
    return singular, plural or singular + "s"


def third_person(verb: str) -> str:
    """Conjugate: have -> has, carry -> carries, watch -> watches."""
    if verb in {"be", "have", "do", "go"}:
        return {"be": "is", "have": "has", "do": "does", "go": "goes"}[verb]
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "z")) else "s")


def past(verb: str) -> str:
    """Conjugate into the simple past."""
    if verb in PAST:
        return PAST[verb]
    if verb.endswith("e"):
        return verb + "d"
    return verb[:-1] + "ied" if verb.endswith("y") and verb[-2] not in "aeiou" else verb + "ed"
