"""PURE: words that tell nothing of what a mail is about, in the languages that our other word lists know.

Folded as `search_words.words` folds: no accents, lower case. Beside each language's small words stand those of
courtesy, which every inquiry has.
"""

from __future__ import annotations

_ENGLISH = """
a about after again all also am an and any anybody anyone are as ask at back be because been before being best but by
can cannot case com could customer day dear did do does doing done don for from get getting give got had has have having
hello help here hi him his hope how however http https if in into is issue it its just kind know last let like ll
mail mailto many may me message more morning most much my need new no not now of off ok on once one only or order other
our out over please problem question re regards same see send sent service should sincerely so some soon
still such sure support team tell than thank thanks that the their them then there these they thing this those
through time to today too try trying two up us use using ve very via want was way we well were what when where
which while who why will wish with within without work working would write www yes yet you your yours best
"""
_GERMAN = """
aber alle als also am an anfrage auch auf aus bei beim bin bis bitte da damit danke dann das dass dem den denn der des
die dies diese diesem diesen dieser dieses doch du durch ein eine einem einen einer eines er es euch euer fall fur frage
freundliche freundlichen geehrte geehrter geehrten gerne gibt grusse gruss gruße guten habe haben hallo hat hatte herr
herren hier ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im immer in ist ja jetzt kann kein keine konnen konnte leider
liebe lieber man mehr mein meine meinem meinen meiner mich mit moin mir nach nicht noch nun nur ob oder ohne problem
sehr sein seine seit sich sie sind so sollte tag uber um und uns unser unsere viele vielen vom von vor war ware was
weil wenn wer werden wie wieder wir wird wurde zu zum zur damen hilfe mfg vg lg
"""
_FRENCH = """
alors au aussi aux avec avez avoir avons bien bonjour bonsoir ca car ce cela ces cet cette ceci cher chere comme
cordialement dans de demande depuis des deux dois donc dont du elle en encore est et etais ete etre fait faire fois il
ils j je jour la le les leur lui ma mais me merci mes mon madame monsieur ne nos notre nous on ont ou par pas peut plus
pour pourquoi pourriez pouvez probleme puis quand que quel quelle question qui sa salutations sans se ses si son sont
suis sur ta te tes toi tout tous toute tres tu un une votre vos vous
"""
_SPANISH = """
ahora algo al algun alguna ante antes aqui asi ayuda buenas buenos cada como con cual cuando de del desde dias donde dos
el ella en entre era es esa ese eso esta estaba estan estar este esto estoy favor fue gracias ha hace hacer hasta hay
hola la las le les lo los mas me mi mis mucho muy nada ni no nos o os otra otro para pero poder por porque problema
puede puedo que quiero saludos se ser si sido sin sobre solo son soy su sus tambien tengo tiene todo todos tu un una uno
unos usted y ya yo estimado estimados cordial pregunta
"""
_ITALIAN = """
ad agli ai al alla alle anche ancora avere aveva buon buongiorno buonasera c che chi ci ciao col come con cordiali cosa
cui da dal dalla dalle degli dei del dell della delle di dopo dove e ed era essere fa fare gentile gia gli grazie ha hai
hanno ho i il in io la le lei li lo loro ma mi mia mie mio molto ne nei nel nella non nostro o per perche piu poi posso
potete problema prego pure qual quale quando quanto quella quelle quelli quello questa queste questi questo salve saluti
se sei senza si sia siamo sono su sua sul sulla suo ti tra tu tutti tutto un una uno vi vorrei distinti
"""
_DUTCH = """
aan al alle als altijd beste bij ben bent dag dan dank dat de deze die dit doen door dus een eens en er ergens geachte
geen graag groet groeten goede goedemiddag goedemorgen had heb hebben heeft hem het hier hij hoe hulp hun ik in is ja je
jij jouw jullie kan kunnen kunt maar me meer met mij mijn misschien moet na naar niet nog nu of om omdat onder ons onze
ook op over probleem te tegen toch toen tot u uit uw van veel vandaag via voor vraag vriendelijke waar waarom wanneer
want waren was wat we weer wel welke werd wie wij wil willen worden wordt zal ze zei zelf zich zij zijn zo zonder zou
"""
_NORDIC = """
af alle at av bare bedste ble blev bli blir bliver da de dem den denne der deres det dette dig din dine disse du efter
eftersom eller en er et etter ett fick for fra fram fran ga gar god goddag ha hade han har hallo hei hej hejsan hilsen
hilsner hun hur hva hvad hvis hvor hvordan hvorfor i ikke inte inn jag jeg ju kan kom kommer kunne man mange med meg mej
men mer mig min mina mine mitt mit mot mvh mye mycket na nar noe noen nogen nu och og ogsa om op opp oss over pa sa saa
samt sig sin sine ska skal skulle som spm sporgsmal sporsmal takk tack tak till til tilbage tu ud under upp ut vad var
vara vare vart varfor ved venlig vennlig vanlig vi vid vil ville vill vore
"""
_POLISH = """
ale ani bardzo bez bo by byc byl byla bylo byly czy co dla dlaczego do dobry dziekuje dzien gdy gdzie go i ich ile im
ja jak jako je jego jej jest jestem juz kiedy kto ktora ktore ktory ma mam mi mnie moge moj moja moje mozna moze mozecie
my na nad nam nas nasz nie nich nim o od on ona oni ono oraz pan pana pani panstwo po pod pozdrawiam pozdrowienia prosze
problem przed przez przy pytanie sa sie sobie szanowni ta tak takze tam te tego tej ten to tu tylko tym w was wiec
witam wszystko z za ze zeby
"""
_PORTUGUESE = """
agora ainda ajuda algo alguem ao aos as ate bom boa bem como com cumprimentos da das de depois do dos e ela ele em entre
era essa esse esta estao estar este estou eu fazer foi ha isso isto ja la lhe mais mas me mesmo meu meus minha muito na
nao nas nem no nos nossa nosso num numa o obrigada obrigado ola onde os ou para pela pelo por porque pode posso
preciso problema qual quando que quem se sem ser seu seus so sou sua suas tambem tem tenho ter tudo um uma uns voce
voces tarde noite dia prezados atenciosamente
"""
_CYRILLIC = """
а без бы был была были было в вам вас ваш ваша во вот все всего вы где да для до добрый день его ее если есть еще же за
здравствуите здравствуйте и из или им их как какои когда которыи кто ли меня мне мои мои мы на над надо нам нас не него
нет ни но ну о об он она они оно от очень по пожалуиста пожалуйста под помогите после потому почему при привет проблема
с сеичас со спасибо так также там то того тоже только ты у уважаемые что чтобы это этого этот я уважением вопрос
"""
_EASTERN = """
はは お世 世話 話に にな なっ って てお おり りま ます です すが がと
とう うご ござ ざい いま ます した して てく くだ ださ さい いい ので から
よろ ろし しく くお お願 願い いし しま ため こと もの この その どう する ある いる ない まし ませ せん
您好 好我 你好 谢谢 請問 请问 问一 我的 我们 你们 您的 一下 是否 可以 什么 怎么 这个 那个 没有 不能 需要 谢谢 帮助
안녕하세요 감사합니다 문의 부탁드립니다 제가 저는 그리고 합니다 있습니다
"""
STOP_WORDS = frozenset(
    " ".join(
        (
            _ENGLISH,
            _GERMAN,
            _FRENCH,
            _SPANISH,
            _ITALIAN,
            _DUTCH,
            _NORDIC,
            _POLISH,
            _PORTUGUESE,
            _CYRILLIC,
            _EASTERN,
        )
    ).split()
)
