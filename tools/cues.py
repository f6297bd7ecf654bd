"""What questions of each class look like, and the words for what one is good at: the tables of `tools/intents.py`."""

from collections.abc import Mapping
from typing import Literal

from symposium.ledger.records import Intent

Tongue = Literal["en", "ko"]

# What speaks for a class: how much, and what it looks like. Weights were set by hand on the development half of
# evals/intents.jsonl; what is particular outweighs what is common.
_TONGUES_EN = (
    "korean|english|french|german|spanish|japanese|chinese|mandarin|italian|latin|russian|arabic|portuguese|dutch"
    "|swedish|polish|turkish|greek|hindi|hebrew|swahili|vietnamese|thai|indonesian|ukrainian|czech|danish|finnish"
)
_TONGUES_KO = (
    "영어|한국어|한국말|우리말|일본어|중국어|불어|프랑스어|독일어|스페인어|영문|국문"
    "|라틴어|러시아어|베트남어|이탈리아어|아랍어|태국어"
)

CUES: Mapping[Intent, tuple[tuple[int, str], ...]] = {
    "translate": (
        (7, r"\btranslat\w*|번역|통역|한영|영한"),
        (
            6,
            rf"\b(?:into|to) (?:\w+ )?(?:{_TONGUES_EN})\b|\b(?:{_TONGUES_EN}) (?:for|version|equivalent|word"
            rf"|translation)\b",
        ),
        (6, rf"(?:{_TONGUES_KO})(?:으로|로|론)"),
        (5, rf"\b(?:in|from) (?:\w+ )?(?:{_TONGUES_EN})\b|\bin (?:two|three|four|five|several|other) languages\b"),
        (
            4,
            r"\bhow (?:do|does|would|can|should) .{1,40}\bsay\b|\bsay ['\"“‘]|\brender\b|\bsubtitles?\b"
            r"|뭐라고|무슨 뜻|해석|직역|의역|옮겨|옮기",
        ),
        (3, rf"\b(?:{_TONGUES_EN})\b|{_TONGUES_KO}|[\u3040-\u30ff\u4e00-\u9fff\u0400-\u04ff]{{3}}|존댓말"),
        (2, r"[가-힣].*\b[a-z]+ [a-z]+ [a-z]+\b|\b[a-z]+ [a-z]+ [a-z]+\b.*[가-힣]"),
    ),
    "summarise": (
        (7, r"\bsummar(?:y|i[sz]\w*|ies)\b|\btl;?dr\b|\bsum (?:it|this|that|up|things)\b|요약|간추|축약"),
        (
            6,
            r"\b(?:key|main|most important|central) (?:points?|takeaways?|ideas?|facts?|message)\b"
            r"|\bin a nutshell\b|\bgist\b",
        ),
        (
            6,
            r"\b(?:condense|abridge|shorten|recap|digest|abstract|synopsis)\b|\bboil\b.{0,30}\bdown\b"
            r"|\btakeaways?\b",
        ),
        (
            5,
            r"\b(?:make|cut|reduce|compress|trim|keep) .{0,30}\b(?:short\w*|brief\w*|words|sentences?"
            r"|paragraph|essential|essence)\b",
        ),
        (
            4,
            r"\b(?:short|brief|quick|concise) (?:overview|version|account)\b|\bbriefly\b|\bextract the\b"
            r"|\bpick out\b|\bwhat matters\b",
        ),
        (
            4,
            r"\b(?:in|to) (?:one|two|three|five|a few|a single|fifty|a hundred|\d+) (?:sentences?|lines?"
            r"|bullets?|words|paragraphs?)\b",
        ),
        (
            6,
            r"핵심|요점|요지|골자|줄여|추려|압축|간략|(?:한|두|세|네|다섯) ?(?:문장|줄|문단)|중심 내용"
            r"|중요한 내용|초록",
        ),
        (4, r"정리|간단히|짧게|짧은 글|자 이내|브리핑|결론만|종합하면|뽑아|무슨 말인지|본문|줄거리만"),
        (2, r"(?:[:.?!] |\n).{12,}(?:\.\.\.|…)\s*$"),
    ),
    "code": (
        (
            7,
            r"```|\bdef \w+\(|\bfunction\s*\w*\(|#include|\bselect\b.{1,60}\bfrom\b|=>|\);|===|\bconsole\.log"
            r"|\bprint\(|\[\w+ for \w+ in",
        ),
        (
            6,
            r"\b(?:python|javascript|typescript|java|c\+\+|golang|rust|ruby|php|kotlin|swift|bash|sql|html"
            r"|css|regexp?|react|vue"
            r"|django|flask|numpy|pandas|docker\w*|kubernetes|git|linux|shell|postgres\w*|mysql|mongodb|redis"
            r"|json|yaml|csv|api"
            r"|rest|node|npm|pip|async|await|div|vim|excel|vba|webpack|pytest|cli|url|http|ssh|cron|makefile"
            r"|cmake|llvm|gcc)\b",
        ),
        (6, r"(?-i:\b[A-Za-z]+(?:Error|Exception)\b|\b[a-z]{2,}[A-Z][a-z]\w*)|\b[a-z]\w+\(\)|\b[a-z]+_[a-z_]+\b"),
        (
            6,
            r"파이썬|자바|코드|코딩|함수|정규 ?(?:표현)?식|컴파일|디버|프로그래밍|스크립트|쿼리|배열"
            r"|깃(?:에서|허브| )|클래스|도커|리액트|포트 ?\d",
        ),
        (
            5,
            r"\b(?:cod(?:e|ing)|program(?:s|ming)?|script|functions?|compil\w+|debug\w*|refactor\w*"
            r"|unit tests?|algorithms?|complexity)\b",
        ),
        (
            5,
            r"\b(?:mutex\w*|semaphores?|deadlocks?|race conditions?|garbage collect\w*|polymorphism|compilers?|bytecode"
            r"|big[- ]o|hash tables?|stack overflow|microservices?|idempoten\w+|dependency injection)\b",
        ),
        (
            4,
            r"\b(?:stack ?trace|exception|segfault|segmentation|undefined|null|pointers?|syntax|runtime"
            r"|recurs\w+|loops?|endpoint|heap)\b",
        ),
        (
            3,
            r"\b(?:array|string|variable|class|method|database|query|commit|branch|linked list|tree|hash ?map"
            r"|cache|server|dict|thread|memory leak)(?:e?s)?\b",
        ),
        (
            4,
            r"(?:오류|에러|예외)(?:가|를|는| )|변수|서버|데이터베이스|알고리즘|재귀|반복문|for 문|while|커밋"
            r"|브랜치|머지|문자열|연결 리스트|딕셔너리|로그|구현|테스트 코드|인터페이스",
        ),
    ),
    "maths": (
        (
            6,
            r"\d\s*(?:[+*/×÷^=%]|\bx\b|-(?=\s*\d))\s*\(?\d|√|∫|∑|\bπ\b|\d ?% of"
            r"|\b\d*[a-z]\^?\d? ?[-+] ?\d+ ?[a-z]? ?=",
        ),
        (
            5,
            r"\b(?:plus|minus|times|multipl\w+|divided? by|subtract|add(?: up)?|sum|product|square root"
            r"|percent(?:age)?|double|triple|half)\b.*\d",
        ),
        (
            5,
            r"더하|더해|빼면|빼기|빼 |곱하|곱해|곱은|나누|나눈|나눠|의 합|합은|합을|차는|제곱|평균|약수|배수"
            r"|소수|분수|방정식|미분|적분|확률|넓이|둘레|부피",
        ),
        (
            5,
            r"\b(?:calculat\w+|comput\w+|solve|equation|integral|derivative|probability|fraction|primes?"
            r"|factorial|polynomial|matrix|logarithm|simplify)\b",
        ),
        (5, r"\bhow (?:many|much|long|far)\b.*\d|\d.*\bhow (?:many|much|long|far)\b"),
        (
            4,
            r"\b(?:average|mean|median|area|perimeter|volume|circumference|radius|divisor|multiple|remainder"
            r"|decimal|sine|cosine)\b",
        ),
        (
            4,
            r"계산|몇 ?(?:개|명|분|시간|일|권|장|마리|원|자루|킬로|미터|그램|시|살|쪽|대|병|그루|상자|번"
            r"|퍼센트|점|벌|송이|캔)|얼마|반지름|동전",
        ),
        (
            3,
            r"\d+\s*(?:minutes?|hours?|h|days?|weeks?|months?|years?|km|cm|mm|kg|m|g|miles?|met(?:re|er)s?"
            r"|centimet\w+|grams?|lit(?:re|er)s?|dozen|%|euros?|dollars?|pounds?)\b|[$€£]\d",
        ),
        (
            3,
            r"\d+\s*(?:분|시|시간|일|주|월|미터|밀리|킬로|센티|그램|리터|원|개|명|권|퍼센트|살|마리|송이|벌"
            r"|캔|g|m|mm|cm|km|kg)",
        ),
        (
            3,
            r"\b(?:sort|order|arrange|largest|smallest|biggest|greatest|highest|lowest|reverse|maximum"
            r"|minimum)\b.*\d|오름차순|내림차순|가장 (?:큰|작은).*\d|(?:큰|작은) 것부터",
        ),
        (4, r"\b(?:what|which) (?:day|date|time)\b.*\b(?:days?|weeks?|months?|after|before|from)\b|무슨 요일|며칠"),
        (4, r"\d.*(?<![\d.,:])\d|\d+:\d\d"),
    ),
    "logic": (
        (
            6,
            r"\bif (?:all|some|no|every|none|each)\b|\b(?:all|some|no|every) \w+(?: i have \w+)? (?:is|are"
            r"|who|can)\b|\bsyllogism\b|\bpremises?\b",
        ),
        (
            7,
            r"\b(?:knights?|knaves?|liars?|riddle|puzzle|paradox|fallacy|logical(?:ly)?|deduc\w+|entail\w*"
            r"|contradict\w*|implies|negation)\b",
        ),
        (
            5,
            r"\b(?:taller|shorter|older|younger|faster|slower|heavier|richer) than\b|\b(?:conclude"
            r"|what follows|does it follow|hence|therefore)\b",
        ),
        (
            5,
            r"\b(?:always|never|tells?|telling) (?:lies?|the truth)\b|\blies always\b|\bexactly one\b"
            r"|\b(?:true or false|statements?)\b.*\b(?:true|false)\b",
        ),
        (
            5,
            r"\b(?:comes? next|(?:does not|doesn't) belong|odd one out)\b|\bweighings?\b|\b(?:river"
            r"|boat)\b.*\b(?:across|cross|over)\b|\bacross a river\b",
        ),
        (
            4,
            r"\b(?:either|neither)\b.*\b(?:or|nor)\b|\b(?:who|which|where|what)\b.*\b(?:sits?|left of"
            r"|right of|next to|between|relative to|related|labell?ed|does not)\b",
        ),
        (
            5,
            r"\bif\b[^.?!]{3,60}\.\s[^?]{3,120}\.\s*(?:did|does|do|is|are|was|were|must|can|will|has|have)\b[^?]*\?\s*$",
        ),
        (
            4,
            r"^\W*an? (?:\w+ )?(?:man|woman|boy|girl|farmer|driver|doctor|cowboy|father|mother|king)\b"
            r".*(?:\bwhy\b|\bhow (?:is (?:this|that|it) possible|come)\b|\bwhat happened\b)[^.]{0,40}\?\s*$",
        ),
        (
            3,
            r"\b(?:doors?|guards?|coins?|boxes|prisoners?|hats?|island|tribe|suspects?|jugs?|switch(?:es)?"
            r"|barber)\b",
        ),
        (
            6,
            r"모든 .{1,20}(?:은|는|이|가|이면) |논리|추론|논증|전제|참말|거짓말|거짓인|참인가|진실|수수께끼"
            r"|퍼즐|모순|명제|반례|삼단|역설",
        ),
        (
            5,
            r"보다 (?:크|작|빠|느|나이|무겁|가볍|키)|오른쪽|왼쪽|범인|다음에 (?:올|오는)|반드시|성립|알 수 있"
            r"|이끌어|부정은|관계인가",
        ),
        (
            4,
            r"성격이 다른|다음 중|저울|죄수|스위치|강 건너|(?:았|었|했|왔|갔)을까|(?:면"
            r"|이다)\. .{2,30}\. .{2,40}(?:는가|인가|을까|나|까)\??$",
        ),
    ),
    "emotion": (
        (
            6,
            r"\bi(?:'m| am| feel| have been|'ve been| was|'m feeling) (?:so |really |very |feeling |just "
            r"|such |always |kind of |too )*"
            r"(?:sad|lonely|alone|anxious|depress\w+|stressed|overwhelm\w+|scared|afraid|hurt|angry|upset"
            r"|exhausted|heartbroken|worried"
            r"|nervous|down|lost|ashamed|jealous|guilty|empty|numb|frustrated|homesick|panick\w+|proud|happy"
            r"|excited|awful|terrible"
            r"|over the moon|a failure|worthless|terrified|furious|embarrassed|disappointed|unhappy|miserable"
            r"|grateful|broken|stuck)\b",
        ),
        (
            6,
            r"\b(?:br(?:oke|eak)(?: |-)?up|passed away|died|grie(?:f|ve|ving)|cry(?:ing)?|lonel\w+"
            r"|panic attacks?|burn(?:ed|t)? ?out|heartbr\w+|humiliat\w+)\b",
        ),
        (
            5,
            r"\b(?:my (?:feelings?|heart|anxiety|depression|ex|anger|self-esteem))\b|\bi (?:miss|hate myself"
            r"|can't (?:stop|sleep|cope|eat)|feel|fear|regret)\b",
        ),
        (
            5,
            r"\bnobody (?:cares|would|likes|loves|understands|listens)\b|\bwhat's the point\b"
            r"|\btoo much lately\b|\b(?:get|getting) over (?:him|her|someone|it|them)\b|\bgoing crazy\b",
        ),
        (
            4,
            r"\b(?:comfort|cheer (?:me|her|him) up|vent|console|hug|moral support|someone to talk to"
            r"|good enough|knot in my)\b|\bwhy am i (?:so|always|never)\b|\bloves? me\b",
        ),
        (
            4,
            r"\bi (?:lost my|failed|yelled|keep|don't think i|don't know how to tell|just want)\b|\b(?:texted"
            r"|called) (?:me )?back\b",
        ),
        (
            3,
            r"\bmy (?:friend|boss|mum|mom|mother|dad|father|husband|wife|partner|son|daughter|sister|brother"
            r"|best friend)\b.*\b(?:hurt|ignor\w+|angry|betray\w+|left|forgot|argu\w+|yell\w+|cruel|stings?"
            r"|mad)\b",
        ),
        (
            6,
            r"우울|외로|슬퍼|슬프|슬픔|불안|속상|힘들|괴로|무섭|두려|서운|화가 나|화나|짜증|지쳤|지쳐|지친"
            r"|눈물|(?<!단)위로|상처|죄책|헤어졌|그리워|그립|답답|막막"
            r"|자존감|울었|울고|허전|공허|스트레스|무기력|후회|걱정|설레|행복|기뻐|기쁘|보고 싶|짝사랑|창피"
            r"|부끄|질투|무시|미안|실망",
        ),
        (
            4,
            r"마음이|기분|감정|죽겠|돌아가(?:셨|신)|무지개다리|떠났|내 편|괜찮다고|눈치|난 왜|나는 왜"
            r"|왜 이럴까|하기 싫|포기|나만 빼고|잠을 못|심장이|접어야|텅 빈",
        ),
    ),
    "creative": (
        (
            7,
            r"\b(?:write|compose|make up|invent|create|draft|come up with|give me|tell me|think of|craft|pen"
            r"|need|want|make|describe|do)\b.{0,50}"
            r"\b(?:poems?|haikus?|stor(?:y|ies)|tales?|songs?|lyrics|limericks?|jokes?|slogans?|taglines?"
            r"|screenplay|scenes?|dialogues?|monologues?"
            r"|novel|rap|sonnet|fable|myth|names? for|title|toast|speech|verse|characters?|villains?|worlds?"
            r"|ballad|jingle|plot|riddles? for|horoscope|planet where|twist)\b",
        ),
        (
            6,
            r"\b(?:poem|haiku|limerick|short story|fairy ?tale|bedtime story|sonnet|lyrics|slogan|brainstorm"
            r"|once upon a time|fictional?|rhymes?|imagine|pretend|rap about|fake)\b",
        ),
        (
            5,
            r"\bin the (?:style|voice) of\b|\bfrom the (?:point of view|perspective) of\b|\bas if (?:you|it"
            r"|he|she|they) were\b|\bcontinue(?: the story)?:|\binvent\b|\bdialogue between\b"
            r"|\brewrite\b.*\bso that\b",
        ),
        (
            7,
            r"(?:시|동화|소설|이야기|노래|가사|대본|시조|하이쿠|표어|슬로건|동시|농담|행시|광고 문구|문구"
            r"|캐릭터|제목|이름|콩트|독백|편지|별명|대화|축사|카드 글|일기)"
            r"(?:를|을|도|는)?.{0,14}(?:써|쓰|쓴|지어|만들|창작|지으|짜|들려|이어|부탁)",
        ),
        (
            6,
            r"(?:이|삼|사|오)행시|시조$|소설$|가사$|줄거리$|동화$|시 한 편|상상|창작|브레인스토밍|의인화"
            r"|재치 있는|지어 ?(?:줘|주|봐|내)|반전|이야기를 (?:하나|이어)|미래 이야기|축사|에게 쓰는|에게 줄",
        ),
    ),
    "chat": (
        (
            5,
            r"^\W*(?:hi|hello|hey|yo|good (?:morning|evening|afternoon|night)|greetings|howdy|thanks?"
            r"|thank you|bye|goodbye|sup|ok(?:ay)?|cool|nice|lol|(?:ha)+|ugh|wow|oh)\b(?!.*\d).{0,60}$",
        ),
        (
            5,
            r"\bhow(?:'s| is| are) (?:it going|you|your day|things|everything)\b|\bwhat(?:'s| is) up\b"
            r"|\bare you (?:a|an|there|ok|real|human|busy)\b|\bwho are you\b|\byour name\b|\byou up to\b",
        ),
        (
            5,
            r"\b(?:do|would|did|have|can) you (?:like|prefer|rather|have|sleep|dream|know me|ever|remember"
            r"|pick|choose|get)\b|\bwould you\b|\bnice to meet\b|\bsee you\b|\bspeak tomorrow\b|\byou\?$",
        ),
        (
            4,
            r"\bbored\b|\b(?:let'?s|just) (?:chat|talk)\b|\bentertain me\b|\bthoughts\?|\bfight me\b"
            r"|\bguess what\b|\bany plans\b|\bplans for\b|\btypical\b",
        ),
        (
            3,
            r"^\W*i(?:'m|'ve)? (?:just|think|thought|am thinking|thinking|finally|love|got|had|went|might"
            r"|was)\b|^\W*(?:my|our) \w+(?:'s)?\b|\bwhat do you think\b|\bfavou?rite\b|\b(?:should"
            r"|shall) we\b|^\W*\w+ or \w+\?$",
        ),
        (
            6,
            r"안녕|반가|고마워|고맙|감사(?:합|해)|잘 (?:지내|자|가|있)|심심|뭐 ?해|뭐하|ㅋㅋ|ㅎㅎ"
            r"|좋은 (?:아침|하루|밤|저녁)|수고|오랜만|이름이 뭐|놀자|얘기(?:나| ?하)|새해 복|내일 봐|자러",
        ),
        (
            4,
            r"(?:^|\s)(?:너|넌|너도|네가|너는)(?:\s|는|도)|오늘 (?:하루|뭐|어땠|어때)|주말|점심|저녁|아침에"
            r"|졸리|배고|어때\?|당긴다|드디어|요즘 뭐|맛있|불금|금요일",
        ),
        (5, r"\b(?:about|introduce|describe) yourself\b|자기소개|(?:너|당신|네)에 대해"),
        (3, r"^\W*(?:나|나는|난|내|우리|우리 집|아|와|오)\s|이야\?$"),
    ),
    "fact": (
        (
            2,
            r"^\W*(?:who|what|when|where|which|why|how|is|are|do|does|did|was|were|name|can)\b"
            r"|\b(?:who (?:was|is|wrote|invented|discovered|painted))\b",
        ),
        (
            2,
            r"\b(?:capital|president|population|invented|discovered|founded|born|located|named after|history"
            r"|country|century|planet|ocean"
            r"|chemical|elements?|symbol|define|definition|meaning|explain|difference between|cause[sd]?"
            r"|happen(?:ed|s)?|war|tell me about"
            r"|known for|author|currency|vitamin|stand for|first (?:man|woman|person)|boiling|species|moon of)\b",
        ),
        (
            3,
            r"무엇|뭐야|뭐예요|뭔가요|뭔지|누구|누가|언제|어디|수도|역사|왜 .*(?:나요|까요|지|어)\?|원리|차이"
            r"|설명|뜻|의미|발명|발견|인구|나라|대통령|행성|원소|어느"
            r"|알려|몇 ?년|원인|유래|무슨|어떤|어떻게|특징|인가요\?|사람은\?|있어\?|원산지|증상|이름$|화가에는|비극",
        ),
    ),
}

# Words for strengths

ALIASES: Mapping[Intent, tuple[str, ...]] = {
    "chat": ("conversation", "small talk", "talk", "dialogue", "general", "roleplay", "대화", "잡담"),
    "fact": (
        "facts",
        "factual",
        "knowledge",
        "trivia",
        "history",
        "science",
        "geography",
        "question answering",
        "qa",
        "research",
        "retrieval",
        "world knowledge",
        "지식",
        "사실",
        "상식",
    ),
    "logic": ("reasoning", "logical reasoning", "puzzles", "deduction", "riddles", "planning", "논리", "추론"),
    "maths": (
        "math",
        "mathematics",
        "arithmetic",
        "algebra",
        "calculation",
        "numbers",
        "word problems",
        "word",
        "time",
        "calendar",
        "dates",
        "units",
        "conversion",
        "lists",
        "sorting",
        "geometry",
        "statistics",
        "수학",
        "산수",
        "계산",
    ),
    "code": (
        "coding",
        "programming",
        "software",
        "debugging",
        "python",
        "javascript",
        "sql",
        "algorithms",
        "코드",
        "코딩",
        "프로그래밍",
    ),
    "emotion": (
        "emotions",
        "empathy",
        "support",
        "feelings",
        "advice",
        "counselling",
        "counseling",
        "감정",
        "공감",
        "상담",
    ),
    "creative": (
        "creative writing",
        "writing",
        "poetry",
        "stories",
        "fiction",
        "storytelling",
        "brainstorming",
        "창작",
        "글쓰기",
    ),
    "summarise": ("summarize", "summary", "summaries", "summarisation", "summarization", "요약"),
    "translate": ("translation", "translating", "languages", "multilingual", "번역"),
}
"""Other words for the classes, as they stand in the `good_at` of members."""
TONGUES: Mapping[Tongue, tuple[str, ...]] = {"en": ("english", "영어"), "ko": ("korean", "한국어")}
"""Words of `good_at` that name a language."""
FIELDS: Mapping[str, str] = {
    "calendar": r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:january|february|march|april|may|june"
    r"|july|august"
    r"|september|october|november|december)\b|요일|\d+월|며칠|what (?:day|date)\b|weekday|달력",
    "time": r"\d:\d\d|\b(?:minutes?|hours?|o'clock|noon|midnight|a\.?m\.?|p\.?m\.?)\b|\d+\s*(?:시간|분)|몇 시"
    r"|오전|오후|정오",
    "units": r"\b(?:convert|kilo\w+|centi\w+|milli\w+|metres?|meters?|km|cm|mm|kg|grams?|litres?|liters?|ml"
    r"|dozens?)\b"
    r"|킬로|센티|밀리|미터|그램|리터|다스|\d\s*(?:g|m|l|kg|km|cm|mm|ml)\b",
    "lists": r"\d+\s*,\s*\d+\s*,\s*\d+|\d+(?:\s+\d+){2,}|\b(?:sort|list|largest|smallest|ascending"
    r"|descending)\b|오름차순|내림차순|목록",
    "word problems": r"\d.*[A-Za-z가-힣]{3,}.*[A-Za-z가-힣]{3,}.*[.?!].*\S|\b(?:how many"
    r"|how much)\b.*\b(?:left|each|altogether|in all|total)\b"
    r"|남(?:은|았|습)|모두 몇|각각|전부",
    "arithmetic": r"\d\s*[-+*/×÷x]\s*\d|\b(?:plus|minus|times|divided by|subtract|product|sum|double|triple"
    r"|half)\b|더하|빼|곱|나누|나눈",
}
"""Fields of maths by the words of `good_at`, the more particular first, and how their questions look."""
