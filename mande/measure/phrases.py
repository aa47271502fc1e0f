"""Reasons and notes in French and Spanish.

A reason travels as its English phrase, so that equal reasons are counted together and content hashes do not
depend on a language; it is put into the reader's words where it is shown. A phrase within a phrase (the
reason of a used value, say) is put into words too; names of questions stay as they are.
"""

from __future__ import annotations

from functools import cache

from mande.errors import Language, Text
from mande.phrases import Phrasebook

PHRASES: tuple[Text, ...] = (
    # answers
    Text("not answered", "sans réponse", "sin respuesta"),
    Text("invalid", "réponse non valable", "respuesta no válida"),
    Text("don't know", "ne sait pas", "no sabe"),
    Text("refused", "refus", "se negó a responder"),
    Text("not applicable", "sans objet", "no corresponde"),
    Text("missing ({a})", "manquant ({a})", "faltante ({a})"),
    Text("not asked", "question non posée", "no se preguntó"),
    # formulas
    Text("division by zero: {a} is 0", "division par zéro : {a} vaut 0", "división por cero: {a} es 0"),
    Text(
        "no slope: fewer than three units",
        "pas de pente : moins de trois unités",
        "sin pendiente: menos de tres unidades",
    ),
    Text(
        "no slope: the second column is the same everywhere",
        "pas de pente : la seconde colonne est partout la même",
        "sin pendiente: la segunda columna es igual en todas partes",
    ),
    Text(
        "division by zero: the denominators sum to 0",
        "division par zéro : la somme des dénominateurs est 0",
        "división por cero: los denominadores suman 0",
    ),
    Text(
        "division by zero: the values of the bottom fifth sum to 0",
        "division par zéro : la somme du cinquième inférieur est 0",
        "división por cero: los valores del quinto inferior suman 0",
    ),
    Text(
        "negative root of {a}, which is not above 0",
        "racine négative de {a}, qui n'est pas supérieur à 0",
        "raíz negativa de {a}, que no es mayor que 0",
    ),
    Text(
        "square root of {a}, which is below 0",
        "racine carrée de {a}, qui est inférieur à 0",
        "raíz cuadrada de {a}, que es menor que 0",
    ),
    Text(
        "root of {a}, which is below 0",
        "racine de {a}, qui est inférieur à 0",
        "raíz de {a}, que es menor que 0",
    ),
    Text(
        "logarithm of {a}, which is not above 0",
        "logarithme de {a}, qui n'est pas supérieur à 0",
        "logaritmo de {a}, que no es mayor que 0",
    ),
    Text(
        "exp of {a}, which is above {b}",
        "exponentielle de {a}, qui dépasse {b}",
        "exponencial de {a}, que supera {b}",
    ),
    Text("not applicable: not {a}", "sans objet : {a} ne s'applique pas", "no corresponde: no se cumple {a}"),
    Text(
        "no rows in {a} although {b} is yes",
        "aucune ligne dans {a} bien que {b} soit oui",
        "ninguna fila en {a} aunque {b} es sí",
    ),
    Text(
        "rows in {a} although {b} is no",
        "des lignes dans {a} bien que {b} soit non",
        "filas en {a} aunque {b} es no",
    ),
    Text("no rows in {a}", "aucune ligne dans {a}", "ninguna fila en {a}"),
    Text("{a}: an amount is below 0", "{a} : un montant est inférieur à 0", "{a}: un monto es menor que 0"),
    Text("{a}: the total is 0", "{a} : le total est 0", "{a}: el total es 0"),
    Text("{a} is too large", "{a} est trop grand", "{a} es demasiado grande"),
    # used values
    Text(
        "there is no earlier wave to compare with",
        "il n'y a pas de vague antérieure à comparer",
        "no hay una ronda anterior con que comparar",
    ),
    Text("not asked {a}", "question non posée {a}", "no se preguntó {a}"),
    Text("missing {a}", "manque {a}", "falta {a}"),
    Text("not seen {a}", "pas observé {a}", "no observado {a}"),
    Text("at the baseline", "à l'enquête de référence", "en la línea de base"),
    Text("in the wave before", "à la vague précédente", "en la ronda anterior"),
    Text(
        "{a} for {b} has no value for {c}; {d}",
        "{a} pour {b} n'a pas de valeur au {c} ; {d}",
        "{a} para {b} no tiene valor para {c}; {d}",
    ),
    Text(
        "{a} has no value for {c}; {d}",
        "{a} n'a pas de valeur au {c} ; {d}",
        "{a} no tiene valor para {c}; {d}",
    ),
    Text(
        "{a} for {b} has no value; none is given",
        "{a} pour {b} n'a pas de valeur ; aucune n'est donnée",
        "{a} para {b} no tiene valor; no se da ninguno",
    ),
    Text(
        "{a} has no value; none is given",
        "{a} n'a pas de valeur ; aucune n'est donnée",
        "{a} no tiene valor; no se da ninguno",
    ),
    Text("the first starts {a}", "la première commence le {a}", "el primero empieza el {a}"),
    Text(
        "one ends {a}, the next starts {b}",
        "l'une finit le {a}, la suivante commence le {b}",
        "uno termina el {a}, el siguiente empieza el {b}",
    ),
    Text(
        "the last ends {a} and may be uplifted until {b}",
        "la dernière finit le {a} et peut être actualisée jusqu'au {b}",
        "el último termina el {a} y puede actualizarse hasta el {b}",
    ),
    Text(
        "the last ends {a}, and cannot be uplifted: {b}",
        "la dernière finit le {a} et ne peut être actualisée : {b}",
        "el último termina el {a} y no puede actualizarse: {b}",
    ),
    Text("the last ends {a}", "la dernière finit le {a}", "el último termina el {a}"),
    # groups
    Text(
        "numbers of fewer than {a} rows are not shown",
        "les nombres fondés sur moins de {a} lignes ne sont pas montrés",
        "los números de menos de {a} filas no se muestran",
    ),
    Text(
        "all composition, as one group only is in them: {a}",
        "compté comme composition, un seul groupe y étant présent : {a}",
        "contado como composición, pues solo un grupo está presente: {a}",
    ),
    Text(
        "left out, as they do not vary within both groups: {a}",
        "laissées de côté, car sans variation au sein des deux groupes : {a}",
        "se dejan fuera, pues no varían dentro de ambos grupos: {a}",
    ),
    Text(
        "no covariate varies within both groups",
        "aucune covariable ne varie au sein des deux groupes",
        "ninguna covariable varía dentro de ambos grupos",
    ),
    Text("no units", "aucune unité", "ninguna unidad"),
    Text("no values", "aucune valeur", "ningún valor"),
    Text("no weight above 0", "aucun poids supérieur à 0", "ningún peso mayor que 0"),
    Text(
        "no unit with a stratum and a sampling unit",
        "aucune unité avec une strate et une unité de sondage",
        "ninguna unidad con estrato y unidad de muestreo",
    ),
    Text(
        "no standard error: one sampling unit",
        "pas d'erreur type : une seule unité de sondage",
        "sin error estándar: una sola unidad de muestreo",
    ),
    Text(
        "no standard error: {a} of {b} bootstrap replicates have no value",
        "pas d'erreur type : {a} réplications bootstrap sur {b} sont sans valeur",
        "sin error estándar: {a} de {b} réplicas bootstrap no tienen valor",
    ),
    Text(
        "no interval: as many strata as sampling units",
        "pas d'intervalle : autant de strates que d'unités de sondage",
        "sin intervalo: tantos estratos como unidades de muestreo",
    ),
    Text("not a finite number", "pas un nombre fini", "no es un número finito"),
    Text("leaves out {a} of {b} units", "sans {a} des {b} unités", "sin {a} de las {b} unidades"),
    Text(
        "strata with one sampling unit, set against the mean of all: {a}",
        "strates à une seule unité de sondage, comparées à la moyenne de toutes : {a}",
        "estratos con una sola unidad de muestreo, comparados con la media de todos: {a}",
    ),
    Text(
        "bootstrap replicates without a value: {a} of {b}",
        "réplications bootstrap sans valeur : {a} sur {b}",
        "réplicas bootstrap sin valor: {a} de {b}",
    ),
    Text(
        "values below 0 set to 0: {a}",
        "valeurs négatives mises à 0 : {a}",
        "valores negativos puestos en 0: {a}",
    ),
    # disclosure
    Text("fewer than {a} units", "moins de {a} unités", "menos de {a} unidades"),
    Text(
        "fewer than {a} units in one of the groups compared",
        "moins de {a} unités dans l'un des groupes comparés",
        "menos de {a} unidades en uno de los grupos comparados",
    ),
    Text(
        "units of fewer than {a} employers",
        "unités de moins de {a} employeurs",
        "unidades de menos de {a} empleadores",
    ),
    Text(
        "hidden, so that a smaller group cannot be worked out from it",
        "masqué, pour qu'un groupe plus petit ne puisse en être déduit",
        "oculto, para que no se pueda deducir un grupo más pequeño",
    ),
    # statistics
    Text("no units in group {a}", "aucune unité dans le groupe {a}", "ninguna unidad en el grupo {a}"),
    Text(
        "the mean of group {a} is not above 0",
        "la moyenne du groupe {a} n'est pas supérieure à 0",
        "la media del grupo {a} no es mayor que 0",
    ),
    Text(
        "no cell has both groups", "aucune cellule n'a les deux groupes", "ninguna celda tiene ambos grupos"
    ),
    Text("cell {a}: {b}", "cellule {a} : {b}", "celda {a}: {b}"),
    Text("group {a}: {b}", "groupe {a} : {b}", "grupo {a}: {b}"),
    Text(
        "nobody of one group in category {a}: it has no rate there",
        "personne d'un groupe dans la catégorie {a} : il n'y a pas de taux",
        "nadie de un grupo en la categoría {a}: no hay tasa",
    ),
    Text("nobody is below the line", "personne n'est sous le seuil", "nadie está por debajo de la línea"),
    Text("a line must be above 0", "un seuil doit dépasser 0", "una línea debe ser mayor que 0"),
    Text("the values sum to 0", "la somme des valeurs est 0", "los valores suman 0"),
    Text(
        "the mean is not above 0: there is no total to share",
        "la moyenne n'est pas supérieure à 0 : il n'y a rien à répartir",
        "la media no es mayor que 0: no hay total que repartir",
    ),
    Text(
        "no shares: the total is not above 0",
        "pas de parts : le total n'est pas supérieur à 0",
        "sin partes: el total no es mayor que 0",
    ),
    Text(
        "a share below 0: the amounts of {a} sum to less than 0",
        "une part négative : la somme des montants de {a} est inférieure à 0",
        "una parte negativa: los montos de {a} suman menos de 0",
    ),
    Text(
        "a share needs values of 0 and 1",
        "une part demande des valeurs 0 et 1",
        "una proporción requiere 0 y 1",
    ),
    Text(
        "a value of 0 or less has no logarithm",
        "une valeur nulle ou négative n'a pas de logarithme",
        "un valor de 0 o menos no tiene logaritmo",
    ),
    Text(
        "the correction for small samples needs two units",
        "la correction pour petits échantillons demande deux unités",
        "la corrección para muestras pequeñas requiere dos unidades",
    ),
    Text("an event is 1 or 0", "un événement vaut 1 ou 0", "un evento es 1 o 0"),
    Text("no event yet", "aucun événement encore", "ningún evento todavía"),
    Text(
        "the median is not reached: the event has not happened to half of the units",
        "la médiane n'est pas atteinte : la moitié des unités n'a pas connu l'événement",
        "no se alcanza la mediana: el evento no ha ocurrido a la mitad de las unidades",
    ),
    Text("a deprivation is 0 or 1", "une privation vaut 0 ou 1", "una privación es 0 o 1"),
    Text(
        "weights are needed for exactly {a}",
        "il faut des poids pour exactement {a}",
        "se necesitan pesos exactamente para {a}",
    ),
    Text(
        "gaps are needed for each deprivation, in the same order",
        "il faut un écart par privation, dans le même ordre",
        "se necesita una brecha por privación, en el mismo orden",
    ),
    Text(
        "a gap is a share of the cut-off, 0 to 1",
        "un écart est une part du seuil, de 0 à 1",
        "una brecha es una parte del umbral, de 0 a 1",
    ),
    Text(
        "a gap above 0 where there is no deprivation",
        "un écart supérieur à 0 sans privation",
        "una brecha mayor que 0 sin privación",
    ),
    Text(
        "inadequacy is a share, 0 to 1",
        "l'insuffisance est une part, de 0 à 1",
        "la insuficiencia es una proporción, de 0 a 1",
    ),
    Text(
        "no household with both a woman and a man interviewed",
        "aucun ménage où une femme et un homme ont été interrogés",
        "ningún hogar con una mujer y un hombre entrevistados",
    ),
    Text(
        "{a} units are too few for {b} coefficients",
        "{a} unités ne suffisent pas pour {b} coefficients",
        "{a} unidades no bastan para {b} coeficientes",
    ),
    Text(
        "a covariate is 0 for everybody",
        "une covariable vaut 0 pour tous",
        "una covariable es 0 para todos",
    ),
    Text(
        "covariates repeat one another or do not vary",
        "des covariables se répètent ou ne varient pas",
        "hay covariables que se repiten o no varían",
    ),
    Text(
        "categories of {a} names no covariate: {b}",
        "les catégories de {a} ne nomment aucune covariable : {b}",
        "las categorías de {a} no nombran ninguna covariable: {b}",
    ),
    # an index with frozen weights
    Text(
        "no weights: they are frozen on the comparison arm at the baseline",
        "pas de poids : ils sont fixés sur le groupe de comparaison au départ",
        "sin pesos: se fijan en el grupo de comparación en la línea de base",
    ),
    Text(
        "weights frozen on {a} units of the comparison arm at the baseline: {b}",
        "poids fixés sur {a} unités du groupe de comparaison au départ : {b}",
        "pesos fijados en {a} unidades del grupo de comparación en la línea de base: {b}",
    ),
    Text(
        "no weights: the baseline wave has not been accepted",
        "pas de poids : la vague de départ n'a pas été acceptée",
        "sin pesos: la línea de base no ha sido aceptada",
    ),
    Text(
        "no weights: the programme has no comparison arm",
        "pas de poids : le programme n'a pas de groupe de comparaison",
        "sin pesos: el programa no tiene grupo de comparación",
    ),
    Text(
        "no weights: no line of links leads from {a} to the register",
        "pas de poids : aucun lien ne mène de {a} au registre",
        "sin pesos: ningún enlace lleva de {a} al registro",
    ),
    Text(
        "the frozen weights are for {a}", "les poids fixés sont ceux de {a}", "los pesos fijados son de {a}"
    ),
    Text(
        "a unit whose outcomes present have weights of sum 0",
        "une unité dont les résultats présents ont des poids de somme 0",
        "una unidad cuyos resultados presentes tienen pesos de suma 0",
    ),
    Text(
        "fewer than two units of the reference group have values",
        "moins de deux unités du groupe de référence ont des valeurs",
        "menos de dos unidades del grupo de referencia tienen valores",
    ),
    Text(
        "fewer than two units of the reference group have an index",
        "moins de deux unités du groupe de référence ont un indice",
        "menos de dos unidades del grupo de referencia tienen un índice",
    ),
    Text(
        "no variation in the reference group: {a}",
        "aucune variation dans le groupe de référence : {a}",
        "ninguna variación en el grupo de referencia: {a}",
    ),
    Text(
        "outcomes that repeat one another in the reference group: {a}",
        "des résultats se répètent dans le groupe de référence : {a}",
        "hay resultados que se repiten en el grupo de referencia: {a}",
    ),
    Text(
        "two outcomes that no two units of the reference group both have",
        "deux résultats qu'aucune paire d'unités de référence n'a ensemble",
        "dos resultados que ningún par de unidades de referencia tiene a la vez",
    ),
    Text(
        "reversed names no outcome: {a}",
        "reversed ne nomme aucun résultat : {a}",
        "reversed no nombra ningún resultado: {a}",
    ),
    # the most general last
    Text("{a} is not above 0", "{a} n'est pas supérieur à 0", "{a} no es mayor que 0"),
    Text("{a} is missing", "{a} manque", "falta {a}"),
    Text("{a}; {b}", "{a} ; {b}", "{a}; {b}"),
    Text("{a}: {b}", "{a} : {b}", "{a}: {b}"),
)


def said(phrase: str, language: Language = "en") -> str:
    """Return a reason or note in a language; one that is not in the phrasebook stays English.

    Examples
    --------
    >>> said("workers: division by zero: hours is 0", "fr")
    'workers : division par zéro : hours vaut 0'
    >>> said("pay: refused", "es"), said("pay: refused")
    ('pay: se negó a responder', 'pay: refused')
    """
    return _book().said(phrase, language)


@cache
def _book() -> Phrasebook:
    return Phrasebook(PHRASES)
